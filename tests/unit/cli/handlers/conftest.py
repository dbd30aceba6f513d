"""Sets up a shop for the commands over its history."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.programs.command_line import home
from tests.support.programs.dataset_command import NOON, publish


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Creates a folder with a spine `labels.csv`, and a topic with four payments of two users, one published late."""
    with home(tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        publish(tmp_path, [("u1", NOON, 5.0), ("u1", NOON + 10, 7.0), ("u2", NOON, 1.5)], NOON + 10)
        publish(tmp_path, [("u2", NOON + 5, 2.0)], NOON + 86_400_000)
        lines = [
            "user_id,at,label",
            f"u1,{NOON},0",
            f"u1,{NOON + 11},1",
            f"u2,{NOON + 20},1",
            f",{NOON},0",
            f"u9,{NOON},0",
        ]
        (tmp_path / "labels.csv").write_text("\n".join(lines) + "\n")
        yield tmp_path
