"""Feeds the intervals of history to a dataflow: the observations of each, in the order of time."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from typing_extensions import override

from dataflows.definitions import Definitions
from dataflows.history.job import Job
from dataflows.history.judging.active_rows import ActiveRows
from dataflows.history.spill import ObservedEvents, observed_events, samples_of
from dataflows.kernels.arrays import Ints
from dataflows.quality import EntitySample, Quality, error_boundary, lineage_of, monitors, troubles_of
from reports.alerting import (
    EventSample,
    FailedValues,
    IntervalEnded,
    Observation,
    Pauses,
    RowProfiles,
    SourceCounts,
    SourceMonitor,
    Start,
    pauses_of,
)
from reports.records import source_key

MOST_EMPTY = 2_016
"""Empty intervals, a week of five-minute ones, that are judged one by one; of a longer pause, the last dozen."""
LAST_EMPTY = 12
_HOME = "history"
Keyed = tuple[str, Observation]


@dataclass(frozen=True, slots=True)
class ObservedInterval:
    """Observations until `end_ms`, by subject; nothing follows the `last` one."""

    end_ms: int
    observations: tuple[Keyed, ...]
    last: bool


class HistoryIntervals:
    """Profiles the rows of all entity types, and tells every subject when an interval ends.

    Features are judged from the first interval to the last with a row of any of them, sources as long as events
    arrived.
    """

    def __init__(
        self,
        definitions: Definitions,
        rows: Mapping[str, ActiveRows],
        observed: ObservedEvents,
        quality: Quality,
        begins: bool = True,
        samples: Callable[[str, Start], EventSample | None] = lambda source, start: None,
    ) -> None:
        self._begins = begins
        self._definitions, self._rows, self._observed, self._quality = definitions, rows, observed, quality
        self._length_ms, self._samples = quality.intervals.length_ms, samples
        self._monitors = dict(_watched(definitions, quality, observed))
        self._troubles = troubles_of(lineage_of(definitions), quality.limits)
        self._last_ticks = dict[str, Ints]()
        self._of_features = _span(start for row_intervals in rows.values() for start in row_intervals.starts().tolist())
        self._of_sources = _span(start for counts in observed.counts.values() for start in counts)

    def __iter__(self) -> Iterator[ObservedInterval]:
        """Yields the intervals; one without observations if there are none."""
        starts = self._starts()
        for start in starts:
            yield ObservedInterval(start + self._length_ms, tuple(self._of(start)), start == starts[-1])
        if not starts:
            yield ObservedInterval(0, (), last=True)

    def _starts(self) -> list[Start]:
        known = {start for row_intervals in self._rows.values() for start in row_intervals.starts().tolist()}
        known.update(start for counts in self._observed.counts.values() for start in counts)
        return [*_with_pauses(sorted(known), self._length_ms)]

    def _of(self, start: Start) -> Iterator[Keyed]:
        if start in self._of_sources:
            for source in self._observed.counts:
                yield from self._counts(source_key(source), source, start)
        if start in self._of_features:
            for entity_id, rows in self._rows.items():
                yield from self._profiles(entity_id, rows, start)
            yield from self._failed(start)
            for feature in self._definitions.features:
                yield feature.feature_name, IntervalEnded(feature.feature_name, start)

    def _profiles(self, entity_id: str, rows: ActiveRows, start: Start) -> Iterator[Keyed]:
        features = self._definitions.of_entity(entity_id)
        held = EntitySample(features, self._quality.entities)
        if not self._begins:
            held.oldest_ms = 0  # rows of earlier events are not judged
        for frame in rows.of_interval(start):
            held.take(frame)
        for feature in features if len(held.rows) else ():
            name = feature.feature_name
            with error_boundary(name):
                yield name, RowProfiles(name, {start: held.profile(feature)}, _HOME)

    def _counts(self, key: str, source: str, start: Start) -> Iterator[Keyed]:
        """Yields the counts of a source, and its trouble for the features that depend on it."""
        counts, monitor = self._observed.counts[source], self._monitors.get(source)
        if start in counts:
            busy, sample = self._observed.busy.get(source, {}), self._samples(source, start)
            pauses = self._pauses(source, busy[start].since(start)) if start in busy else {}
            came = SourceCounts(key, {start: counts[start]}, pauses)
            if monitor is not None:
                monitor.take(came, start)
            yield key, came if sample is None else replace(came, samples={start: sample})
        yield key, IntervalEnded(key, start)
        if monitor is not None:
            yield from self._troubles(monitor.close(start, start + self._length_ms)[0])

    def _pauses(self, source: str, ticks: Ints) -> Pauses:
        """Returns the gaps between seconds with publishing, including the gap since the last one."""
        line = np.concatenate([self._last_ticks.get(source, ticks[:0]), ticks])
        self._last_ticks[source] = line[-1:]
        return pauses_of(line)

    def _failed(self, start: Start) -> Iterator[Keyed]:
        for name, failed in self._observed.failed.items():
            if start in failed:
                yield name, FailedValues(name, start, failed[start])


def history_intervals(definitions: Definitions, job: Job, quality: Quality, begins: bool = True) -> HistoryIntervals:
    """Returns the intervals of a job with its active rows in files; `begins` is whether it starts at the first
    event."""
    rows = {entity_id: ActiveRows(job.active(entity_id)) for entity_id in definitions.entity_ids}
    return HistoryIntervals(
        definitions, rows, observed_events(job.spill), quality, begins, samples=samples_of(job.spill)
    )


class HistoryIntervalsSource(FixedPartitionedSource[ObservedInterval, None]):
    """A source with one partition; `intervals` is built where it is read, `judged` receives the end (ms) of each."""

    def __init__(
        self,
        intervals: Callable[[], Iterable[ObservedInterval]],
        stopping: Callable[[], bool],
        judged: Callable[[int], None],
    ) -> None:
        self._intervals, self._stopping, self._judged = intervals, stopping, judged

    @override
    def list_parts(self) -> list[str]:
        return [_HOME]

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "_Intervals":
        return _Intervals(iter(self._intervals()), self._stopping, self._judged)


class _Intervals(StatefulSourcePartition[ObservedInterval, None]):
    def __init__(
        self, intervals: Iterator[ObservedInterval], stopping: Callable[[], bool], judged: Callable[[int], None]
    ) -> None:
        self._intervals, self._stopping, self._judged = intervals, stopping, judged

    def next_batch(self) -> list[ObservedInterval]:
        if self._stopping():
            raise StopIteration
        interval = next(self._intervals)
        self._judged(interval.end_ms)
        return [interval]

    def snapshot(self) -> None:
        return None


def _watched(
    definitions: Definitions, quality: Quality, observed: ObservedEvents
) -> Iterator[tuple[str, SourceMonitor]]:
    """Yields monitors of sources, because features learn of their troubles before they are judged."""
    monitor_of = monitors(definitions, quality.limits)
    for source in observed.counts:
        if isinstance(monitor := monitor_of(source_key(source)), SourceMonitor):
            yield source, monitor


def _span(starts: Iterable[Start]) -> range:
    """Returns the range from the first to the last."""
    known = sorted(starts)
    return range(known[0], known[-1] + 1) if known else range(0)


def _with_pauses(starts: Sequence[Start], length_ms: int) -> Iterator[Start]:
    """Yields the intervals with the empty ones between them."""
    for place, start in enumerate(starts):
        empty = (start - starts[place - 1]) // length_ms - 1 if place else 0
        for before in range(empty if empty <= MOST_EMPTY else LAST_EMPTY, 0, -1):
            yield start - before * length_ms
        yield start
