"""Monitors one feature: turns the observations of each interval into a report and alerts."""

import logging
from collections.abc import Iterable, Sequence

import msgspec

from reports.alerting import checks
from reports.alerting.checks import CheckResult
from reports.alerting.features.comparisons import Comparisons
from reports.alerting.features.feature_memory import FeatureMemory
from reports.alerting.features.measured_interval import MeasuredInterval
from reports.alerting.features.open_profiles import OpenProfiles
from reports.alerting.features.source_courses import Slope
from reports.alerting.features.status import StatusInput, is_judged, of_backlog, status_of
from reports.alerting.features.status_input import status_input
from reports.alerting.observations import (
    FailedValues,
    Latencies,
    Observation,
    RowProfiles,
    SourceCourse,
    SourceTrouble,
    Start,
)
from reports.alerting.thresholds import JudgedRule, Limits
from reports.drift import TrainingReference
from reports.formats import of_sample, plural
from reports.profiling import Profile, histogram_of, kind_of, summary_of
from reports.records import Alert, FeatureReport, Subject, Summary

__all__ = ["FeatureMonitor", "JudgedRule", "Limits"]

log = logging.getLogger(__name__)

VERSION = 2


class FeatureMonitor:
    """Monitors one feature. `profiled_as` identifies the definition and rules that open profiles belong to.

    Values are compared with their baseline, with earlier intervals, and with each data set in `trained`.

    >>> import polars as pl
    >>> subject = Subject(feature="f", version=1, fingerprint="a", entity_type="user", value_type="DOUBLE", owner="o")
    >>> judge, profile = FeatureMonitor(subject, (), Limits()), Profile("number", rules=0)
    >>> profile.add(pl.Series([1.0, 2.0]), violations=())
    >>> judge.take(RowProfiles("f", {7_200_000: profile}), earliest=7_200_000)
    >>> report, alerts = judge.close(7_200_000, 7_500_000)
    >>> report.status, report.note, alerts
    ('too_few_rows', 'only 2 rows with a value; drift detection needs 200', ())
    """

    def __init__(
        self,
        subject: Subject,
        rules: Sequence[JudgedRule],
        limits: Limits,
        profiled_as: str = "",
        trained: Sequence[TrainingReference] = (),
    ) -> None:
        self._subject, self._rules, self._limits = subject, tuple(rules), limits
        self._profiled_as, self._comparisons = profiled_as, Comparisons(subject, limits, trained)
        self._profiles = OpenProfiles(self._empty)
        self._memory = FeatureMemory(subject, limits)

    @property
    def began(self) -> bool:
        """Returns whether an interval was closed."""
        return self._memory.state.began_ms is not None

    def take(self, observation: Observation, earliest: Start) -> None:
        """Adds to the intervals; latencies, and older values that could not be computed, count into the oldest open
        one."""
        match observation:
            case RowProfiles():
                for start in observation.by_start:
                    self._take_profile(observation, start, earliest)
            case FailedValues():
                self._profiles.without_rows(max(observation.start, earliest)).add_nulled(observation.values)
            case Latencies():
                longest_open = self._profiles.without_rows(min(self.starts(), default=earliest))
                longest_open.add_latencies(observation.seconds, observation.rows)
            case SourceTrouble():
                self._memory.state.troubles.note(observation.source, observation.onset_ms, observation.at_ms)
            case SourceCourse():
                slope = Slope(observation.at_ms, observation.slope, observation.moved, observation.at_once)
                self._memory.state.courses.note(observation.source, slope)
            case _:  # no feature values
                pass

    def starts(self) -> Iterable[Start]:
        """Returns the open intervals that have a profile."""
        return self._profiles.starts()

    def compares(self, start_ms: Start, end_ms: int) -> bool:
        """Returns whether an open interval's values are compared with others: windows are full, and no backlog is being
        read."""
        interval = self._interval(self._profiles.merged(start_ms), start_ms, end_ms)
        return is_judged(self._facts(interval), self._limits)

    def fires(self, rule: str, name: str) -> bool:
        """Returns whether a check of closed intervals exceeded its threshold often enough to fire."""
        return self._memory.watch.incident(rule, name).phase == "firing"

    def open(self, start_ms: Start, now_ms: int) -> FeatureReport:
        """Reports on the open interval: scores it, without changing alerts or memory."""
        return self._report(self._interval(self._profiles.merged(start_ms), start_ms, now_ms), closed=False)

    def close(self, start_ms: Start, end_ms: int) -> tuple[FeatureReport, tuple[Alert, ...]]:
        """Returns the interval's report, and the alerts that fired or resolved."""
        profile = self._profiles.merged(start_ms)
        self._memory.note_rows(profile, start_ms, end_ms)
        interval = self._interval(profile, start_ms, end_ms)
        alerts = self._memory.watch.look(self._findings(interval), start_ms, end_ms)
        report = self._report(interval, closed=True)
        judged = is_judged(self._facts(interval), self._limits)
        self._memory.learn(profile, interval.level, start_ms, end_ms, warm=judged)
        self._memory.state.entities.close(start_ms, self._profiles.entities(start_ms))
        self._profiles.pop(start_ms)
        return report, alerts

    def failed(self, start_ms: Start, end_ms: int, why: str) -> Iterable[FeatureReport]:
        """Reports an interval whose evaluation failed, and resets the reference so that the next one can succeed."""
        rows = self._profiles.merged(start_ms).rows
        self._profiles.pop(start_ms)
        self._memory.forget_reference()
        report = FeatureReport(
            subject=self._subject,
            start_ms=start_ms,
            end_ms=end_ms,
            closed=True,
            status="failed",
            note=f"evaluation of this interval failed: {why}",
            summary=Summary(rows=rows),
            trail=self._memory.state.trail,
            alerts=self._memory.alerts(),
        )
        return [report]

    def dump(self) -> bytes:
        """Encodes the monitor as bytes."""
        return msgspec.msgpack.encode((VERSION, self._profiled_as, self._memory.dump(), self._profiles.dump()))

    def load(self, data: bytes) -> None:
        """Restores a dumped monitor; drops open profiles of another definition or other rules.

        State of an earlier version is dropped: its profiles counted rows instead of entities.
        """
        if msgspec.msgpack.decode(data)[0] != VERSION:
            log.info("%s: the reference of an earlier version is discarded and learned again", self._subject.feature)
            return
        _, profiled_as, memory, profiles = msgspec.msgpack.decode(data, type=tuple[int, str, bytes, bytes])
        self._memory.load(memory)
        if profiled_as == self._profiled_as:
            self._profiles.load(profiles)

    def _take_profile(self, observation: RowProfiles, start: Start, earliest: Start) -> None:
        """Adds a profile; of one that came too late only the entities are counted, for the next report."""
        home, profile = observation.home, observation.by_start[start]
        if start < earliest:
            self._memory.state.entities.late(home, start, profile.rows)
        else:
            self._profiles.put(start, (home, start), profile, observation.layers.get(start))

    def _empty(self) -> Profile:
        return Profile(kind_of(self._subject.value_type), len(self._rules))

    def _interval(self, profile: Profile, start_ms: int, end_ms: int) -> MeasuredInterval:
        """Measures an interval; compares it with others only if it is judged."""
        rules = checks.rule_counts(profile, self._rules)
        interval = MeasuredInterval(profile, summary_of(profile), start_ms, end_ms, rules)
        judged = is_judged(self._facts(interval), self._limits)
        if not judged:
            return interval
        return self._comparisons.compared(interval, *self._memory.usual(start_ms))

    def _findings(self, interval: MeasuredInterval) -> Iterable[CheckResult]:
        if of_backlog(self._facts(interval)):
            return
        reference, _ = self._memory.usual(interval.start_ms)
        drift = checks.drift(tuple(self._comparisons.contexts(interval, reference)))
        yield from (check for check in drift if not self._memory.waits(check.rule, check.name, interval.start_ms))
        yield from checks.violations(self._rules, interval.rules, interval.profile.rows, self._limits)
        yield from checks.freshness(interval.profile, self._limits)

    def _report(self, interval: MeasuredInterval, *, closed: bool) -> FeatureReport:
        """Returns the report of an interval, with its reference."""
        reference, _ = self._memory.usual(interval.start_ms)
        return msgspec.structs.replace(
            self._of_values(interval, closed),
            reference=reference.summary if reference.ready else None,
            reference_intervals=reference.intervals if reference.ready else 0,
            bins=interval.bins,
            histogram=histogram_of(interval.profile, reference.profile if reference.ready else None),
            scores=interval.scores,
            trail=self._memory.trail_to(interval.level),
        )

    def _of_values(self, interval: MeasuredInterval, closed: bool) -> FeatureReport:
        profile, missed = interval.profile, self._memory.state.entities.missed
        facts = self._facts(interval)
        status, note = status_of(facts, self._limits)
        return FeatureReport(
            subject=self._subject,
            start_ms=interval.start_ms,
            end_ms=interval.end_ms,
            closed=closed,
            status=status,
            note="; ".join(filter(None, (note, of_sample(profile.sampled, profile.rows), _too_late(missed)))),
            summary=interval.summary,
            rules=interval.rules,
            samples=profile.samples,
            freshness=profile.latency(),
            alerts=facts.alerts,
            nulled=profile.nulled,
            missed=missed,
        )

    def _facts(self, interval: MeasuredInterval) -> StatusInput:
        return status_input(interval, self._memory, self._subject, self._rules, self._comparisons.data_sets)


def _too_late(missed: int) -> str:
    """Words that entities of earlier intervals came after these were closed."""
    return (
        f"{plural(missed, 'entity', 'entities')} of earlier intervals arrived too late to be checked" if missed else ""
    )
