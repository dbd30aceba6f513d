"""Sets up a place for commands."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.programs.command_line import home


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Returns the folder of one source and one feature, which the commands of the test use."""
    with home(tmp_path, monkeypatch) as folder:
        yield folder
