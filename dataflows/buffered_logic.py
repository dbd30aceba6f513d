"""A keyed step that buffers its items and emits them later, together."""

from abc import abstractmethod
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from bytewax.operators import StatefulBatchLogic

PERIOD = timedelta(seconds=1)

V = TypeVar("V")
W = TypeVar("W")


class BufferedLogic(StatefulBatchLogic[V, W, bytes]):
    """Releases its items PERIOD after the first one arrived, earlier if there are enough, and at end of input at the
    latest.

    Items restored from a snapshot (`resumed`) are released at once.
    """

    def __init__(self, resumed: bool) -> None:
        self._due = datetime.now(UTC) if resumed else None

    @abstractmethod
    def hold(self, values: list[V]) -> bool:
        """Buffers items; returns whether there are enough to release them now."""

    @abstractmethod
    def release(self) -> Iterable[W]:
        """Returns all buffered items and empties the buffer."""

    def on_batch(self, values: list[V]) -> tuple[Iterable[W], bool]:
        """Buffers items, and releases them if there are enough."""
        enough, self._due = self.hold(values), self._due or datetime.now(UTC) + PERIOD
        return self.on_eof() if enough else ([], self.RETAIN)

    def on_notify(self) -> tuple[Iterable[W], bool]:
        """Releases the buffered items when PERIOD is over."""
        return self.on_eof()

    def on_eof(self) -> tuple[Iterable[W], bool]:
        """Releases all buffered items at end of input."""
        self._due = None
        return self.release(), self.RETAIN

    def notify_at(self) -> datetime | None:
        """Returns when the buffered items are due; None while the buffer is empty."""
        return self._due
