"""Writes records of the quality topic as files: JSON and pictures of features, pages and JSON of intervals. Bounded."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from reports.delivery.pending_interval import NoReport, PendingInterval, read
from reports.delivery.store import NotAReport, ReportStore
from reports.delivery.urgent_pictures import UrgentPictures
from reports.errors import StoreRefused
from reports.moments import span
from reports.records import IntervalReport
from reports.rendering import page, picture

log = logging.getLogger(__name__)

PATIENCE_MS = 15_000  # how long an interval waits for missing reports
MOST_REPORTS = 3_000  # reports in memory, beyond which no more should be added
MOST_UNDRAWN = 600  # most pictures that may wait
PRUNE_EVERY = 20  # intervals written between two clean-ups


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """The limits of the report store."""

    intervals: int
    megabytes: int


class ReportPublisher:
    """Writes records to files, one unit of work per `step` or `draw`. `expected` are the keys of a complete interval.

    `add` receives a mark, the position after these records; `mark` is the newest one up to which all work is done. A
    repeated record writes the same files again. If too many pictures wait, those of the oldest intervals are dropped,
    unless it is `patient`: then `crowded` asks callers to wait with `add`.
    """

    def __init__(
        self,
        store: ReportStore,
        keeping: RetentionPolicy,
        expected: Iterable[str],
        now_ms: Callable[[], int],
        patient: bool = False,
    ) -> None:
        self.mark: bytes | None = None
        self._store, self._keeping, self._expected = store, keeping, frozenset(expected)
        self._now_ms, self._patient = now_ms, patient
        self._intervals: dict[int, PendingInterval] = {}
        self._marks: deque[tuple[bytes, set[int]]] = deque()
        self._unpruned = 0
        self._refused = 0
        self._urgent = UrgentPictures()

    def add(self, payloads: Iterable[bytes], mark: bytes) -> None:
        """Adds records; skips those that are not reports of a closed interval."""
        for payload in payloads:
            try:
                self._add(payload)
            except NoReport as error:
                self._pass_over(error)
        self._marks.append((mark, set(self._intervals)))
        if not self._patient:
            self._leave_out()
        self._release()

    @property
    def crowded(self) -> bool:
        """Returns whether to wait with `add` until more is done."""
        reports = sum(len(interval.reports) for interval in self._intervals.values())
        return reports >= MOST_REPORTS or (self._patient and self._undrawn() >= MOST_UNDRAWN)

    def step(self, ending: bool = False) -> bool:
        """Writes one file that is not a picture; returns whether there was any. `ending` waits for nothing. Raises
        StoreRefused."""
        with self._making_room():
            return self._keep_feature() or self._write_interval(ending) or (not self._undrawn() and self._prune(1))

    def draw_urgent(self) -> bool:
        """Draws a picture of a feature that fires or has just resolved; returns whether there was any. Raises
        StoreRefused."""
        urgent = self._urgent.next(self._intervals)
        return urgent is not None and self._draw_one(*urgent)

    def draw(self) -> bool:
        """Draws a picture of the newest interval that lacks one; returns whether there was any. Raises StoreRefused."""
        waiting = [start for start, interval in self._intervals.items() if interval.undrawn and interval.written]
        if not waiting:
            return False
        interval = self._intervals[max(waiting)]
        return self._draw_one(interval, interval.undrawn[0])

    def _add(self, payload: bytes) -> None:
        report = read(payload)
        if not report.closed:
            raise NoReport(f"{report.key} belongs to an interval that is still open")
        now_ms = self._now_ms()
        interval = self._intervals.setdefault(report.start_ms, PendingInterval(report.start_ms, report.end_ms, now_ms))
        interval.add(report, now_ms)
        self._urgent.add(report)

    def _pass_over(self, error: NoReport) -> None:
        """Logs a skipped message once, because later ones most likely have the same cause."""
        self._refused += 1
        if self._refused == 1:
            log.warning("skipped a message of the quality topic that is not a report: %s", error)

    def _keep_feature(self) -> bool:
        for interval in self._intervals.values():
            if interval.unkept:
                self._store.write_feature(interval.feature(interval.unkept[0]))
                interval.unkept.pop(0)
                self._finish(interval)
                return True
        return False

    def _write_interval(self, ending: bool) -> bool:
        for interval in self._intervals.values():
            if not interval.written and (ending or self._is_due(interval)):
                report = interval.merged_with(self._stored_interval(interval.start_ms))
                self._store.write_interval(report, page(report))
                interval.written = True
                self._unpruned += 1
                log.info("%s: %s", span(report.start_ms, report.end_ms), report.verdict)
                self._finish(interval)
                return self._prune(PRUNE_EVERY) or True
        return False

    def _draw_one(self, interval: PendingInterval, name: str) -> bool:
        with self._making_room():
            self._store.write_image(name, interval.start_ms, picture(interval.feature(name)))
        interval.undrawn.remove(name)
        self._finish(interval)
        return True

    @contextmanager
    def _making_room(self) -> Iterator[None]:
        """Prunes a store that refuses to write, because it may be full. Raises StoreRefused."""
        try:
            yield
        except StoreRefused:
            self._prune(0)
            raise

    def _prune(self, written: int) -> bool:
        if self._unpruned < written:
            return False
        self._store.prune(self._keeping.intervals, self._keeping.megabytes)
        self._unpruned = 0
        return True

    def _is_due(self, interval: PendingInterval) -> bool:
        complete = bool(self._expected) and self._expected <= interval.reports.keys()
        return complete or self._now_ms() >= interval.since_ms + PATIENCE_MS

    def _stored_interval(self, start_ms: int) -> IntervalReport | None:
        try:
            return self._store.interval(start_ms)
        except NotAReport as error:
            log.warning("%s: writing it again", error)
            return None

    def _finish(self, interval: PendingInterval) -> None:
        if interval.is_complete:
            del self._intervals[interval.start_ms]
            for _, open_ones in self._marks:
                open_ones.discard(interval.start_ms)
            self._release()

    def _release(self) -> None:
        while self._marks and not self._marks[0][1]:
            self.mark = self._marks.popleft()[0]

    def _undrawn(self) -> int:
        return sum(len(interval.undrawn) for interval in self._intervals.values())

    def _leave_out(self) -> None:
        """Drops pictures of the oldest intervals until few enough wait."""
        for start in sorted(self._intervals)[:-1]:
            interval, waiting = self._intervals[start], self._undrawn()
            if waiting <= MOST_UNDRAWN:
                return
            if interval.undrawn:
                log.warning(
                    "drawing is too slow: skipped %d charts of %s",
                    len(interval.undrawn), span(start, interval.end_ms),
                )  # fmt: skip
                interval.undrawn.clear()
                self._finish(interval)
