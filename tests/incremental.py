"""The smallest shard kept in increments, on a base that is renewed as soon as that is worth it."""

import pytest

from dataflows import bases, checkpoints

EAGER = ((checkpoints, "SMALL", 0), (checkpoints, "TURMOIL", 2.0), (checkpoints, "CALM", 2.0), (bases, "PAUSE", 0))


def keep_in_increments(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the time of a test."""
    for module, name, value in EAGER:
        monkeypatch.setattr(module, name, value)
