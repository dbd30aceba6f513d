"""Provides clocks and shards for the tests of the dataflow, new for each test."""

import pytest

from tests.support.clock import FakeClock
from tests.support.dataflow.shards.live_shard import LiveShards


@pytest.fixture
def clock() -> FakeClock:
    """Provides a clock at zero until it is set."""
    return FakeClock()


@pytest.fixture
def live() -> LiveShards:
    """Provides live shards with a separate clock."""
    return LiveShards()
