"""Clocks and shards for the tests of the dataflow: each test has its own."""

import pytest

from tests.support.clock import FakeClock
from tests.support.dataflow.shards.live_shard import LiveShards


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands at zero until it is put elsewhere."""
    return FakeClock()


@pytest.fixture
def live() -> LiveShards:
    """Live shards by a clock of their own."""
    return LiveShards()
