"""Provides the receiver of a webhook, and a clock with a topic of alerts for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.services.outside.webhook import Hook, World, hooked


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hooked() as hook:
        yield hook


@pytest.fixture
def world(tmp_path: Path, hook: Hook) -> World:
    return World(tmp_path / "alerts.json", hook.url)
