"""Tests that a wrapped partition behaves like its partition."""

from collections.abc import Iterable
from datetime import UTC, datetime

from bytewax.inputs import StatefulSourcePartition

from connectors.reading.wrapped_partition import WrappedPartition

AWAKE = datetime(2026, 1, 1, tzinfo=UTC)


class Numbers(StatefulSourcePartition[int, str]):
    """Returns two numbers per batch and records its calls."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def next_batch(self) -> Iterable[int]:
        self.asked.append("next_batch")
        return iter((1, 2))

    def next_awake(self) -> datetime | None:
        self.asked.append("next_awake")
        return AWAKE

    def snapshot(self) -> str:
        self.asked.append("snapshot")
        return "after 2"

    def close(self) -> None:
        self.asked.append("close")


def test_every_call_reaches_the_partition_once_and_its_answer_comes_back() -> None:
    numbers = Numbers()
    wrapped = WrappedPartition(numbers)
    assert [wrapped.next_batch(), wrapped.next_awake(), wrapped.snapshot()] == [[1, 2], AWAKE, "after 2"]
    wrapped.close()
    assert numbers.asked == ["next_batch", "next_awake", "snapshot", "close"]


def test_nothing_of_a_partition_is_forgotten() -> None:
    calls = {name for name in vars(StatefulSourcePartition) if not name.startswith("_")}
    assert calls <= set(vars(WrappedPartition))
