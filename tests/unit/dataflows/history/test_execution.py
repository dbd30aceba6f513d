"""Tests how many threads work on history: one a core of the process, or as many as the setting says."""

import os
from collections.abc import Iterator

import pytest

from dataflows.history import execution_of
from dataflows.history.execution import MOST_THREADS
from dataflows.runtime.settings import Settings


@pytest.fixture
def cores() -> Iterator[set[int]]:
    """Provides the cores of this process, and restores them."""
    before = os.sched_getaffinity(0)
    yield before
    os.sched_setaffinity(0, before)


def threads_of(settings: Settings) -> int:
    return len(execution_of(settings, lambda: 0, lambda flow: flow, lambda: False).stages.writers)


def test_there_is_one_thread_for_each_core_that_the_process_may_use(cores: set[int]) -> None:
    assert threads_of(Settings()) == min(len(cores), MOST_THREADS)
    os.sched_setaffinity(0, {min(cores)})
    assert threads_of(Settings()) == 1


def test_a_setting_says_how_many() -> None:
    assert threads_of(Settings(history_threads=3)) == 3
