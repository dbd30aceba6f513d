"""Orders the reports of a replay by time: an interval is complete when all subjects were judged up to its end."""

from collections.abc import Iterator

import msgspec

from reports.alerting.incidents.causes.lineage import Lineage
from reports.records import Alert, FeatureReport, SourceReport, source_key


class QueuedInterval(msgspec.Struct, array_like=True):
    """The collected reports of an interval: its sources, and the firing alerts of features."""

    sources: list[SourceReport] = []
    firing: dict[str, tuple[Alert, ...]] = {}


class _State(msgspec.Struct, array_like=True):
    intervals: dict[int, QueuedInterval] = {}
    judged: dict[str, int] = {}  # end of the last judged interval of each subject
    alerting: dict[str, bool] = {}  # features with alerts in their newest report


class IntervalQueue:
    """Takes closed reports in any order and yields whole intervals in order of time; of features it keeps the
    alerts."""

    def __init__(self, lineage: Lineage) -> None:
        self._subjects = frozenset([*lineage.features, *map(source_key, lineage.sources)])
        self._state = _State()

    def put(self, report: FeatureReport | SourceReport) -> None:
        """Adds a report. A feature without alerts is added only if its alerts have ended."""
        if not report.closed:
            return
        state = self._state
        state.judged[report.key] = report.end_ms
        if isinstance(report, SourceReport):
            self._interval(report.end_ms).sources.append(report)
        elif report.alerts or state.alerting.pop(report.key, False):
            self._interval(report.end_ms).firing[report.key] = report.alerts
            if report.alerts:
                state.alerting[report.key] = True

    def complete(self) -> Iterator[tuple[int, QueuedInterval]]:
        """Yields the intervals that all subjects have passed, and their ends (ms)."""
        if self._state.judged.keys() >= self._subjects:
            yield from self._until(min(self._state.judged[key] for key in self._subjects))

    def rest(self) -> Iterator[tuple[int, QueuedInterval]]:
        """Yields all remaining intervals, at the end."""
        yield from self._until(max(self._state.intervals, default=0))

    def dump(self) -> bytes:
        """Encodes the queue as bytes."""
        return msgspec.msgpack.encode(self._state)

    def load(self, data: bytes) -> None:
        """Restores a dumped queue."""
        self._state = msgspec.msgpack.decode(data, type=_State)

    def _interval(self, end_ms: int) -> QueuedInterval:
        return self._state.intervals.setdefault(end_ms, QueuedInterval())

    def _until(self, until_ms: int) -> Iterator[tuple[int, QueuedInterval]]:
        for end_ms in sorted(end for end in self._state.intervals if end <= until_ms):
            yield end_ms, self._state.intervals.pop(end_ms)
