"""Sets up a shop for the commands over its history, and the shipped features for the commands over reports."""

from pathlib import Path

import pytest

from tests.support.factories.quality.reports import SPECS
from tests.support.programs.dataset_command import NOON, publish


@pytest.fixture
def shop(specs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Creates a folder with a spine `labels.csv`, and a topic with four payments of two users, one published late."""
    folder = specs.parent
    monkeypatch.chdir(folder)
    publish(folder, [("u1", NOON, 5.0), ("u1", NOON + 10, 7.0), ("u2", NOON, 1.5)], NOON + 10)
    publish(folder, [("u2", NOON + 5, 2.0)], NOON + 86_400_000)
    lines = [
        "user_id,at,label",
        f"u1,{NOON},0",
        f"u1,{NOON + 11},1",
        f"u2,{NOON + 20},1",
        f",{NOON},0",
        f"u9,{NOON},0",
    ]
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture
def var(specs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns the folder of the topics and of Redis; the definitions are the shipped ones."""
    monkeypatch.setenv("HEADRACE_SPECS", str(SPECS))
    return specs.parent / "var"
