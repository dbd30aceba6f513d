"""Takes snapshots in increments even of the smallest shard, on a base that is renewed as early as it pays."""

import pytest

from dataflows.state import base_snapshots, checkpoint_policy

EAGER = (
    (checkpoint_policy, "SMALL", 0),
    (checkpoint_policy, "TURMOIL", 2.0),
    (checkpoint_policy, "CALM", 2.0),
    (base_snapshots, "PAUSE", 0),
)


def keep_in_increments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switches increments on for the time of a test."""
    for module, name, value in EAGER:
        monkeypatch.setattr(module, name, value)
