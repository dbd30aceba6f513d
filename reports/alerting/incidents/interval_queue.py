"""Puts the reports of a replay in the order of time: an interval is complete when all subjects were judged up to it."""

from collections.abc import Iterator

import msgspec

from reports.alerting.incidents.causes.lineage import Lineage
from reports.records import Alert, FeatureReport, SourceReport, source_key


class QueuedInterval(msgspec.Struct, array_like=True):
    """What was heard of an interval: its sources, and what fires of features."""

    sources: list[SourceReport] = []
    firing: dict[str, tuple[Alert, ...]] = {}


class _State(msgspec.Struct, array_like=True):
    intervals: dict[int, QueuedInterval] = {}
    judged: dict[str, int] = {}  # up to when each subject was
    alerting: dict[str, bool] = {}  # features with alerts in their newest report


class IntervalQueue:
    """Closed reports in any order in, whole intervals in the order of time out; of features it keeps the alerts."""

    def __init__(self, lineage: Lineage) -> None:
        self._subjects = frozenset([*lineage.features, *map(source_key, lineage.sources)])
        self._state = _State()

    def put(self, report: FeatureReport | SourceReport) -> None:
        """Adds a report. Of a feature without alerts only that they are over is of interest."""
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
        """The intervals that all subjects are through with, and their ends (ms)."""
        if self._state.judged.keys() >= self._subjects:
            yield from self._until(min(self._state.judged[key] for key in self._subjects))

    def rest(self) -> Iterator[tuple[int, QueuedInterval]]:
        """All that is left, at the end."""
        yield from self._until(max(self._state.intervals, default=0))

    def dump(self) -> bytes:
        """As bytes."""
        return msgspec.msgpack.encode(self._state)

    def load(self, data: bytes) -> None:
        """Goes on from what was dumped."""
        self._state = msgspec.msgpack.decode(data, type=_State)

    def _interval(self, end_ms: int) -> QueuedInterval:
        return self._state.intervals.setdefault(end_ms, QueuedInterval())

    def _until(self, until_ms: int) -> Iterator[tuple[int, QueuedInterval]]:
        for end_ms in sorted(end for end in self._state.intervals if end <= until_ms):
            yield end_ms, self._state.intervals.pop(end_ms)
