"""Tests that a buffered step releases its items after a while, when there are enough, or at the end."""

from datetime import UTC, datetime

from dataflows.buffered_logic import PERIOD, BufferedLogic


class Sums(BufferedLogic[int, int]):
    """Adds numbers; ten is enough for a release."""

    def __init__(self, snapshot: bytes | None = None) -> None:
        self.sum = int(snapshot or 0)
        super().__init__(resumed=bool(self.sum))

    def hold(self, values: list[int]) -> bool:
        self.sum += sum(values)
        return self.sum >= 10

    def release(self) -> list[int]:
        sent, self.sum = self.sum, 0
        return [sent]

    def snapshot(self) -> bytes:
        return str(self.sum).encode()


def test_it_is_due_a_while_after_the_first_of_it() -> None:
    sums, before = Sums(), datetime.now(UTC)
    assert sums.notify_at() is None
    assert sums.on_batch([1, 2]) == ([], Sums.RETAIN)
    due = sums.notify_at()
    assert due is not None and before + PERIOD <= due <= datetime.now(UTC) + PERIOD
    assert sums.on_batch([3]) == ([], Sums.RETAIN) and sums.notify_at() == due
    assert sums.on_notify() == ([6], Sums.RETAIN) and sums.notify_at() is None


def test_what_is_enough_or_the_last_is_released_at_once() -> None:
    sums = Sums()
    sums.on_batch([4])
    assert sums.on_batch([6]) == ([10], Sums.RETAIN) and sums.notify_at() is None
    sums.on_batch([1])
    assert sums.on_eof() == ([1], Sums.RETAIN) and sums.notify_at() is None


def test_what_a_snapshot_brought_is_due_at_once() -> None:
    sums = Sums()
    sums.on_batch([7])
    again = Sums(sums.snapshot())
    due = again.notify_at()
    assert due is not None and due <= datetime.now(UTC)
    assert again.on_notify() == ([7], Sums.RETAIN) and again.notify_at() is None
