"""Provides a recorded feature to change."""

from pathlib import Path

import pytest

from tests.support.programs.planned_change import PlannedChange


@pytest.fixture
def changed(specs: Path) -> PlannedChange:
    """Records the definitions of the test, of which a plan shows the change."""
    return PlannedChange(specs, specs.parent)
