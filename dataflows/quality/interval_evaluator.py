"""From parts to verdicts: which intervals of a subject are open, and when they are shown and closed."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from zlib import crc32

import msgspec
from bytewax.operators import StatefulBatchLogic

from connectors.steady_clock import STEADY
from dataflows.quality.error_boundary import contained
from dataflows.quality.intervals import Intervals, Part, Start
from dataflows.quality.open_intervals import Book, Report
from reports.records import Alert

GRACE_MS = 5_000
"""How long after its end an interval stays open for what is still under way."""
LOOK_MS = 5_000
"""How often an open interval is shown."""
LOOK_STILL_MS = 20_000
"""How often while nothing comes that would change it."""
MOST_EMPTY = 12
"""Intervals without anything that are closed one by one; of a longer pause the last ones."""

Verdict = Report | Alert


class Timeline:
    """The intervals of one subject, in the order of time: `earliest` is the first that is not closed."""

    def __init__(self, key: str, book: Book, intervals: Intervals, earliest: Start | None) -> None:
        self.key, self.book, self.earliest = key, book, earliest
        self._intervals = intervals
        self._offset_ms = crc32(key.encode()) % LOOK_MS  # not all at once: nothing may hold a worker for long
        self._look_ms = self._next_look(LOOK_MS)

    def take(self, part: Part) -> None:
        """Adds a part; what comes after its interval was closed counts into the earliest open one."""
        self._look_ms = min(self._look_ms, self._next_look(LOOK_MS))
        starts = [*part.profiles, *part.intakes]
        if self.earliest is None and starts:
            self.earliest = min(starts)
        if self.earliest is not None:
            with contained(self.key):
                self.book.take(part, self.earliest)

    def looked(self) -> Iterator[Verdict]:
        """What the clock makes due: intervals that are over, and a look at the open one."""
        now = self._intervals.now()
        yield from self.closed(now - GRACE_MS - self._offset_ms)
        if self.earliest is not None and now >= max(self._look_ms, self.earliest):
            self._look_ms = self._next_look(max(LOOK_MS, min(LOOK_STILL_MS, self._intervals.length_ms)))
            with contained(self.key):
                yield self.book.open(self.earliest, now + 1)

    def due_ms(self) -> int | None:
        """When `looked` is to be asked next."""
        if self.earliest is None:
            return None
        return min(self._look_ms, self.earliest + self._intervals.length_ms + GRACE_MS + self._offset_ms)

    def overtaken(self) -> Iterator[Verdict]:
        """Intervals that are over because parts of the one after the next have come."""
        return self.closed(max(self.book.starts(), default=0) - self._intervals.length_ms)

    def ended(self) -> Iterator[Verdict]:
        """All intervals."""
        return self.closed(max(self.book.starts(), default=0) + self._intervals.length_ms)

    def closed(self, until_ms: int) -> Iterator[Verdict]:
        """Closes the intervals that end by a time, those without anything too."""
        length = self._intervals.length_ms
        while self.earliest is not None and self.earliest + length <= until_ms:
            start = self._after_pause(self.earliest, until_ms)
            self.earliest = start + length
            yield from self._verdicts(start, start + length)

    def _verdicts(self, start: Start, end_ms: int) -> list[Verdict]:
        """What an interval comes to; of one that cannot be judged a report that says so."""
        verdicts: list[Verdict] = []
        with contained(self.key) as failed:
            report, alerts = self.book.close(start, end_ms)
            verdicts += [report, *alerts]
        if failed:
            with contained(self.key):
                verdicts = [*self.book.failed(start, end_ms, failed[0])]
        return verdicts

    def _after_pause(self, start: Start, until_ms: int) -> Start:
        """The interval to close next: of a long pause only the end is told."""
        length = self._intervals.length_ms
        upcoming = min(self.book.starts(), default=self._intervals.start(until_ms))
        return max(start, min(upcoming, self._intervals.start(until_ms)) - MOST_EMPTY * length)

    def _next_look(self, every_ms: int) -> int:
        return (self._intervals.now() - self._offset_ms) // every_ms * every_ms + every_ms + self._offset_ms


class Judging(StatefulBatchLogic[Part, Verdict, bytes]):
    """The keyed step of the quality branch. `book_of` gives the empty book of a key, None for one of no definition.

    In a live run intervals close by the clock; in a `bounded` one, whose clock is the rows', when later rows come,
    and the last ones at the end.
    """

    def __init__(
        self,
        book_of: Callable[[str], Book | None],
        intervals: Intervals,
        bounded: bool,
        snapshot: bytes | None,
    ) -> None:
        self._book_of, self._intervals, self._bounded = book_of, intervals, bounded
        self._snapshot = snapshot or b""
        self._timeline = self._resumed(snapshot) if snapshot else None

    def on_batch(self, values: list[Part]) -> tuple[Iterable[Verdict], bool]:
        """Takes parts in; in a bounded run this is what moves the time."""
        timeline = self._timeline = self._timeline or self._begun(values[0].key)
        if timeline is None:
            return [], self.RETAIN
        for part in values:
            timeline.take(part)
        return list(timeline.overtaken()) if self._bounded else [], self.RETAIN

    def on_notify(self) -> tuple[Iterable[Verdict], bool]:
        """Closes what is over and shows what is open."""
        return list(self._timeline.looked()) if self._timeline else [], self.RETAIN

    def on_eof(self) -> tuple[Iterable[Verdict], bool]:
        """The end of a bounded run closes all; that of a live one is a pause."""
        return list(self._timeline.ended()) if self._timeline and self._bounded else [], self.RETAIN

    def notify_at(self) -> datetime | None:
        """The next look or the next close."""
        due_ms = self._timeline.due_ms() if self._timeline and not self._bounded else None
        return None if due_ms is None else STEADY.date(due_ms)

    def snapshot(self) -> bytes:
        """The open intervals, the judge and which interval is the earliest open; of an unknown key what was kept."""
        timeline = self._timeline
        if timeline is None:
            return self._snapshot
        return msgspec.msgpack.encode((timeline.key, timeline.earliest, timeline.book.dump()))

    def _begun(self, key: str) -> Timeline | None:
        book = self._book_of(key)
        earliest = None if self._bounded else self._intervals.start(self._intervals.now())
        return None if book is None else Timeline(key, book, self._intervals, earliest)

    def _resumed(self, snapshot: bytes) -> Timeline | None:
        key, earliest, kept = msgspec.msgpack.decode(snapshot, type=tuple[str, int | None, bytes])
        book = self._book_of(key)
        if book is None:
            return None
        with contained(key):
            book.load(kept)
        return Timeline(key, book, self._intervals, earliest)
