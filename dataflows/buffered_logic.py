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
    """Releases what it holds PERIOD after the first of it came, earlier if it is enough, at the latest at the end.

    What a snapshot brought, `resumed`, is released at once.
    """

    def __init__(self, resumed: bool) -> None:
        self._due = datetime.now(UTC) if resumed else None

    @abstractmethod
    def hold(self, values: list[V]) -> bool:
        """Buffers items; returns whether they are enough to release them now."""

    @abstractmethod
    def release(self) -> Iterable[W]:
        """All that was held; afterwards nothing is."""

    def on_batch(self, values: list[V]) -> tuple[Iterable[W], bool]:
        """Buffers items."""
        enough, self._due = self.hold(values), self._due or datetime.now(UTC) + PERIOD
        return self.on_eof() if enough else ([], self.RETAIN)

    def on_notify(self) -> tuple[Iterable[W], bool]:
        """Releases what was held for a while."""
        return self.on_eof()

    def on_eof(self) -> tuple[Iterable[W], bool]:
        """Holds nothing back at the end."""
        self._due = None
        return self.release(), self.RETAIN

    def notify_at(self) -> datetime | None:
        """When what is held is to be released; None while nothing is."""
        return self._due
