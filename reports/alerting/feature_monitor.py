"""Monitor of one feature: turns the profile of each interval into a report and alerts; its state dumps to bytes.

Times are ms of the clock that defines the intervals. Nothing here reads a clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec

from reports.alerting import checks
from reports.alerting.checks import Finding
from reports.alerting.explanations import Scene
from reports.alerting.status import Standing, status_of, warms_up
from reports.alerting.thresholds import JudgedRule, Limits
from reports.alerting.tracker import Told, Watch
from reports.drift import AgainstBaseline, AgainstReference, Block, Reference, detector
from reports.profiling import Kind, Profile, kind_of
from reports.records import Alert, Bins, FeatureReport, RuleCount, Score, Subject, Summary

__all__ = ["Judge", "JudgedRule", "Limits"]

VERSION = 1
UNKNOWN = 30
"""Independent values assumed in an interval until the dependence of its rows is known."""


@dataclass(frozen=True, slots=True)
class _Interval:
    """The measurements of an interval."""

    profile: Profile
    summary: Summary
    start_ms: int
    end_ms: int
    rules: tuple[RuleCount, ...]
    scores: tuple[Score, ...]
    bins: Bins


class _State(msgspec.Struct, array_like=True):
    """The state besides the reference and the incidents."""

    first_ms: int | None = None  # start of the first interval with rows
    last_ms: int | None = None  # end of the last interval with rows
    began_ms: int | None = None  # start of the first interval
    frozen: int = 0  # closed intervals since a drift keeps the reference as it is
    trail: tuple[float | None, ...] = ()


class Judge:
    """Monitors one feature: holds its reference, incidents and trail (mean, true ratio or distinct texts per interval).

    >>> import polars as pl
    >>> subject = Subject(feature="f", version=1, fingerprint="a", entity_type="user", value_type="DOUBLE", owner="o")
    >>> judge, profile = Judge(subject, (), Limits()), Profile("number", rules=0)
    >>> profile.add(pl.Series([1.0, 2.0]), violations=())
    >>> report, alerts = judge.close(profile, 7_200_000, 7_500_000)
    >>> report.status, report.note, alerts
    ('too_few_rows', 'only 2 rows with a value; drift detection needs 200', ())
    """

    def __init__(self, subject: Subject, rules: Sequence[JudgedRule], limits: Limits) -> None:
        self._subject, self._rules, self._limits = subject, tuple(rules), limits
        self._group = subject.source or subject.entity_type
        self._reset()

    def open(self, profile: Profile, start_ms: int, now_ms: int) -> FeatureReport:
        """Reports the open interval, with scores; does not change the state."""
        return self._report(self._interval(profile, start_ms, now_ms), closed=False)

    def close(self, profile: Profile, start_ms: int, end_ms: int) -> tuple[FeatureReport, tuple[Alert, ...]]:
        """Reports a closed interval, with the alerts that fire or resolve. Call it in the order of time.

        Close an interval without rows as well, with an empty profile.
        """
        self._note_rows(profile, start_ms, end_ms)
        interval = self._interval(profile, start_ms, end_ms)
        alerts = self._watch.look(self._findings(interval), start_ms, end_ms)
        report = self._report(interval, closed=True)
        self._learn(interval)
        return report, alerts

    def failed(self, rows: int, start_ms: int, end_ms: int, why: str) -> FeatureReport:
        """Reports an interval whose evaluation failed, and resets the reference so that the next one can succeed."""
        self._reference = Reference(kind_of(self._subject.value_type), self._limits.reference_intervals)
        return FeatureReport(
            subject=self._subject,
            start_ms=start_ms,
            end_ms=end_ms,
            closed=True,
            status="failed",
            note=f"evaluation of this interval failed: {why}",
            summary=Summary(rows=rows),
            trail=self._state.trail,
            alerts=self._watch.alerts(),
        )

    def dump(self) -> bytes:
        """Encodes the state as versioned bytes, with the fingerprint of the definition."""
        parts = self._state, self._reference.blocks(), self._watch.dump()
        return msgspec.msgpack.encode((VERSION, self._subject.fingerprint, *parts))

    def load(self, data: bytes) -> None:
        """Restores a dumped state; starts over if it is of another definition or version."""
        head = msgspec.msgpack.decode(data)[:2]
        self._reset()
        if head == [VERSION, self._subject.fingerprint]:
            parts = tuple[int, str, _State, tuple[Block, ...], bytes]
            _, _, self._state, blocks, watch = msgspec.msgpack.decode(data, type=parts)
            self._reference.restore(blocks)
            self._watch.restore(watch)

    def _reset(self) -> None:
        subject, limits = self._subject, self._limits
        told = Told(feature=subject.feature, source=subject.source, owner=subject.owner, group=self._group)
        self._state = _State()
        self._reference = Reference(kind_of(subject.value_type), limits.reference_intervals)
        self._watch = Watch(told, limits.policy)

    def _note_rows(self, profile: Profile, start_ms: int, end_ms: int) -> None:
        state = self._state
        state.began_ms = start_ms if state.began_ms is None else state.began_ms
        if profile.rows:
            state.first_ms = start_ms if state.first_ms is None else state.first_ms
            state.last_ms = end_ms

    def _interval(self, profile: Profile, start_ms: int, end_ms: int) -> _Interval:
        rules = checks.rule_counts(profile, self._rules)
        interval = _Interval(profile, profile.summary(), start_ms, end_ms, rules, (), Bins())
        if warms_up(self._standing(interval)):
            return interval
        scores, bins = self._scores(profile)
        return replace(interval, scores=scores, bins=bins)

    def _scores(self, profile: Profile) -> tuple[tuple[Score, ...], Bins]:
        """Scores against the baseline and, once it has enough intervals, against the reference."""
        reference, least = self._reference, self._limits.min_rows
        effect = reference.effect if reference.ready else max(1.0, profile.rows / UNKNOWN)
        earlier = (reference.profile.kurtosis, reference.profile.moments.std or 0.0) if reference.ready else ()
        base = AgainstBaseline(profile, self._subject.baseline, effect, *earlier)
        scores = detector.baseline_scores(base, least)
        if not reference.ready or not reference.profile.present or not profile.present:
            return scores, Bins()
        sides = AgainstReference(profile, reference.profile, effect, reference.new_share)
        return scores + detector.reference_scores(sides, least), sides.bins

    def _findings(self, interval: _Interval) -> Iterable[Finding]:
        sides = interval.summary, self._subject.baseline, self._reference.summary, interval.bins
        scenes = [Scene(score, *sides) for score in interval.scores]
        yield from checks.drift(scenes)
        yield from checks.violations(interval.rules, interval.profile.rows, self._limits)
        yield from checks.freshness(interval.profile, self._limits)

    def _report(self, interval: _Interval, *, closed: bool) -> FeatureReport:
        profile, reference = interval.profile, self._reference
        standing = self._standing(interval)
        status, note = status_of(standing, self._limits)
        return FeatureReport(
            subject=self._subject,
            start_ms=interval.start_ms,
            end_ms=interval.end_ms,
            closed=closed,
            status=status,
            note=note,
            summary=interval.summary,
            reference=reference.summary if reference.ready else None,
            reference_intervals=reference.intervals if reference.ready else 0,
            bins=interval.bins,
            scores=interval.scores,
            rules=interval.rules,
            samples=profile.samples,
            freshness=profile.latency(),
            trail=(*self._state.trail, _level(profile.kind, interval.summary))[-self._limits.trail :],
            alerts=standing.alerts,
            nulled=profile.nulled,
        )

    def _standing(self, interval: _Interval) -> Standing:
        state, profile, end_ms = self._state, interval.profile, interval.end_ms
        first_ms = interval.start_ms if state.first_ms is None else state.first_ms
        last_ms = end_ms if profile.rows else state.last_ms
        began_ms = interval.start_ms if state.began_ms is None else state.began_ms
        return Standing(
            incidents=self._watch.incidents(),
            alerts=self._watch.alerts(),
            scores=interval.scores,
            rows=profile.rows,
            present=profile.present,
            warming=profile.counts.warming,
            seen_ms=end_ms - first_ms,
            window_ms=self._subject.window_ms or self._limits.lifetime_ms,
            silent_ms=end_ms - (began_ms if last_ms is None else last_ms),
            last_ms=last_ms,
            baseline=bool(self._subject.baseline),
            reference=self._reference.intervals if self._reference.ready else 0,
        )

    def _learn(self, interval: _Interval) -> None:
        """Adds the interval to the trail and, unless it is warming up or drifting, to the reference."""
        state, profile = self._state, interval.profile
        state.trail = (*state.trail, _level(profile.kind, interval.summary))[-self._limits.trail :]
        drifts = self._watch.incident("drift", "reference").phase != "ok"
        state.frozen = state.frozen + 1 if drifts else 0
        if profile.rows and not warms_up(self._standing(interval)) and not 0 < state.frozen <= self._limits.freeze:
            self._reference.admit(profile)


def _level(kind: Kind, summary: Summary) -> float | None:
    """Returns the point of an interval on the trail; None without values."""
    if kind == "text":
        return summary.distinct or None
    return summary.true_ratio if kind == "truth" else summary.mean
