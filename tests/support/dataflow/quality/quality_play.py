"""A shop whose quality is judged second by second on a settable clock.

Events pass the decoder, the counter of sources, the monitors and the conclusion as in a live run; the values of
features are computed here, over the events of their windows. A play can be stopped, and continues from its snapshots.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from connectors.redis.endpoints import FirstItem
from dataflows.definitions import Definitions, bare_name
from dataflows.ingest import Decoder
from dataflows.quality.branch import monitors
from dataflows.quality.concluding.conclusion_logic import ConclusionLogic
from dataflows.quality.concluding.earlier_incidents import EarlierIncidents
from dataflows.quality.concluding.lineages import lineage_of
from dataflows.quality.interval_evaluator import IntervalEvaluator, Judged
from dataflows.quality.intervals import Intervals
from dataflows.quality.options import Quality
from dataflows.quality.sources.source_counter import SourceBatch, SourceCounter
from dataflows.quality.sources.source_counts import counting
from dataflows.quality.sources.source_troubles import troubles_of
from dataflows.quality.version_keys import VersionKeys
from reports.alerting import (
    Conclusion,
    ConclusionRules,
    Limits,
    MonitoringStarted,
    RowProfiles,
)
from reports.alerting.incidents.causes.lineage import Lineage
from reports.profiling import Profile, kind_of
from reports.records import Alert, SourceReport, is_source_key, source_key
from tests.support.dataflow.quality.feeds import Feed, Published
from tests.support.dataflow.quality.play_output import PlayOutput, the_incident
from tests.support.dataflow.quality.played_batches import COLUMNS, SPARE, as_read, not_before
from tests.support.dataflow.quality.played_shop import START, STEP, WINDOW, features_of
from tests.support.factories.definitions import MINUTE

__all__ = ["QualityPlay", "the_incident"]

LENGTH = MINUTE
PROFILED = "profiled"  # the key of the time up to which snapshots hold profiles (ms)


@dataclass
class QualityPlay(PlayOutput):
    """The shop on a clock. `play` lets time pass; `stop` and `resume` act on the pipeline."""

    definitions: Definitions
    seed: int
    now: int = START
    length_ms: int = LENGTH
    step_ms: int = STEP
    looks_ms: int = STEP
    feeds: dict[str, Feed] = field(default_factory=lambda: {"orders": Feed("orders", 6), "logins": Feed("logins", 4)})

    def __post_init__(self) -> None:
        print(f"seed={self.seed}")
        self._rng = np.random.default_rng(self.seed)
        self._kept: dict[str, list[pl.DataFrame]] = {name: [] for name in self.feeds}
        self._unread: dict[str, list[Published]] = {name: [] for name in self.feeds}
        self._profiled = self._begun = self.now
        self._running = False
        self.resume({})

    def play(self, ms: int, until: Callable[[], bool] = lambda: False) -> int | None:
        """Lets time pass; returns after how long `until` was true, or None if it never was."""
        begun = self.now
        while self.now < begun + ms:
            since, self.now = self.now, self.now + self.step_ms
            for name, feed in self.feeds.items():
                self._unread[name] += feed.events(since, self.now, self._rng)
            if self._running:
                self._work()
            if until():
                return self.now - begun
        return None

    def hold_up(self, ms: int) -> None:
        """Lets time pass while the worker waits, as for Redis; then what is due by the clock comes before any event."""
        self._running = False
        self.play(ms)
        self._running = True
        self._judge()

    def stop(self) -> dict[str, bytes]:
        """Kills the pipeline; returns its snapshots."""
        self._running = False
        return self.snapshots()

    def snapshots(self) -> dict[str, bytes]:
        """Returns the current snapshots of all steps."""
        kept = {self._versions.key(name): evaluator.snapshot() for name, evaluator in self._evaluators.items()}
        counted = {name: counter.snapshot() for name, counter in self._counters.items()}
        return {**kept, **counted, PROFILED: str(self._profiled).encode(), "conclude": self._conclude.snapshot()}

    def rehearsed(self) -> "QualityPlay":
        """Returns another play that continues from here."""
        other = QualityPlay(self.definitions, self.seed + 1, self.now, self.length_ms, self.step_ms, self.looks_ms)
        other._kept = {name: list(frames) for name, frames in self._kept.items()}
        other._profiled, other._begun = self._profiled, self._begun
        other.closed, other.shown, other.history = dict(self.closed), dict(self.shown), list(self.history)
        other.resume(self.snapshots())
        return other

    def resume(self, snapshots: Mapping[str, bytes], definitions: Definitions | None = None) -> None:
        """Starts the pipeline, with other definitions if they are given."""
        self.definitions = definitions or self.definitions
        intervals = Intervals(self.length_ms, False, lambda: self.now, live=True)
        self._quality = Quality(intervals, Limits(), False, "test", pages_url="http://shop:8080")
        self._versions, lineage = VersionKeys(self.definitions), lineage_of(self.definitions)
        self._evaluators = self._resumed_evaluators(snapshots, intervals, lineage)
        for known in (self.closed, self.shown):
            for key in known.keys() - self._evaluators.keys():
                del known[key]
        self._troubles = troubles_of(lineage, Limits())
        self._resume_counters(snapshots)
        rules = ConclusionRules(self.length_ms, Limits().standstill_ms, "http://shop:8080")
        self._conclude = ConclusionLogic(Conclusion(lineage, rules), intervals, None, snapshots.get("conclude"))
        self._profiled = int(snapshots.get(PROFILED, str(self._profiled)))
        self._running = True
        earlier = EarlierIncidents(tuple(one for one in self.incidents.values() if one.state == "firing"))
        self.take(self.now, [*self._conclude.on_batch([FirstItem(), earlier])[0]])
        for name, evaluator in self._evaluators.items():
            evaluator.on_batch([MonitoringStarted(self._versions.key(name), self.now)])

    def _resumed_evaluators(
        self, snapshots: Mapping[str, bytes], intervals: Intervals, lineage: Lineage
    ) -> dict[str, IntervalEvaluator]:
        """Returns the evaluators, by feature and by the key of a source."""
        monitor_of = monitors(self.definitions, Limits())
        of_version = self._versions.monitors(monitor_of)
        keys = {name: self._versions.key(name) for name in lineage.features}
        of_features = {
            name: IntervalEvaluator(of_version, intervals, False, snapshots.get(key)) for name, key in keys.items()
        }
        of_sources = {
            key: IntervalEvaluator(monitor_of, intervals, False, snapshots.get(key))
            for key in map(source_key, lineage.sources)
        }
        return of_features | of_sources

    def _resume_counters(self, snapshots: Mapping[str, bytes]) -> None:
        names, sources = lineage_of(self.definitions).sources, self.definitions.sources
        self._counters = {f"count {name}": SourceCounter(snapshots.get(f"count {name}")) for name in names}
        self._count = {name: counting(sources[name], self.definitions, self._quality) for name in names}
        self._decode = {name: Decoder(sources[name]) for name in names}

    def _work(self) -> None:
        for name in self._unread:
            self._read(name)
        while self._profiled + self.length_ms <= self.now:
            self._profile(self._profiled)
            self._profiled += self.length_ms
        self._judge()

    def _judge(self) -> None:
        judged = [report for key in self._in_order() for report in self._judged(key)]
        concluded, _ = self._conclude.on_batch([report for report in judged if not isinstance(report, Alert)])
        self.take(self.now, [*concluded, *self._conclude.on_notify()[0]])

    def _in_order(self) -> list[str]:
        """Returns sources first, because features receive their problems; features only every `looks_ms`."""
        due = [key for key in self._evaluators if is_source_key(key) or self.now % self.looks_ms == 0]
        return sorted(due, key=is_source_key, reverse=True)

    def _judged(self, key: str) -> list[Judged]:
        judged: list[Judged] = [*self._evaluators[key].on_notify()[0]]
        for report in judged:
            if isinstance(report, SourceReport):
                for feature, trouble in self._troubles(report):
                    self._evaluators[feature].on_batch([trouble])
        return judged

    def _read(self, name: str) -> None:
        """Reads the published events, in batches of a second."""
        waiting, self._unread[name] = self._unread[name], []
        for first in range(0, len(waiting), 500):
            batch = self._decode[name](as_read(waiting[first : first + 500]))
            self._kept[name].append(batch.frame[COLUMNS[name]])
            key, counted = self._count[name](batch)
            self._pass_on(name, key, counted)

    def _pass_on(self, name: str, key: str, counted: SourceBatch) -> None:
        counter = self._counters[f"count {name}"]
        counter.on_batch([counted])
        self._evaluators[key].on_batch([*counter.on_eof()[0]])

    def _profile(self, start: int) -> None:
        """Profiles at the end of an interval the values of the users active in it."""
        end_ms = start + self.length_ms
        self._kept = {name: [not_before(frames, end_ms - WINDOW - SPARE)] for name, frames in self._kept.items()}
        inside = pl.col("timestamp").is_between(end_ms - WINDOW, end_ms, closed="left")
        windows = {name: kept.filter(inside) for name, (kept,) in self._kept.items()}
        values_of = features_of(windows["orders"], windows["logins"])
        for feature in self.definitions.features:
            values = values_of[bare_name(feature.feature_name)]
            profile = Profile(kind_of(feature.value_type), len(feature.validation_rules))
            violations = [values.null_count()] * len(feature.validation_rules)
            profile.add(values, violations)
            profile.note_oldest(self._begun)
            key = self._versions.key(feature.feature_name)
            self._evaluators[feature.feature_name].on_batch([RowProfiles(key, {start: profile})])
