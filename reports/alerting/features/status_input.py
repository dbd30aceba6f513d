"""Collects the facts about an interval from which the status of a feature follows."""

from collections.abc import Mapping, Sequence

from reports.alerting.alert_state import AlertState
from reports.alerting.features.feature_memory import FeatureMemory
from reports.alerting.features.measured_interval import MeasuredInterval
from reports.alerting.features.status import RowCounts, StatusInput
from reports.alerting.thresholds import JudgedRule
from reports.records import Subject

Incidents = dict[tuple[str, str], AlertState]


def status_input(
    interval: MeasuredInterval,
    memory: FeatureMemory,
    subject: Subject,
    rules: Sequence[JudgedRule],
    data_sets: tuple[str, ...],
) -> StatusInput:
    """Returns the facts about a measured interval; `data_sets` are those that values are compared with."""
    profile, end_ms = interval.profile, interval.end_ms
    last_ms = end_ms if profile.rows else memory.state.last_ms
    reference, _ = memory.usual(interval.start_ms)
    return StatusInput(
        incidents=_checked(memory, rules, interval.start_ms),
        alerts=memory.alerts(),
        scores=interval.scores,
        rows=RowCounts(
            profile.rows, profile.present, profile.counts.warming, sampled=profile.sampled, past=profile.counts.past
        ),
        seen_ms=_age(profile.since_ms, end_ms),
        age_ms=_age(memory.oldest(profile), end_ms),
        window_ms=subject.window_ms,
        silent_ms=end_ms - (memory.began(interval.start_ms) if last_ms is None else last_ms),
        last_ms=last_ms,
        baseline=bool(subject.baseline),
        reference=reference.intervals if reference.ready else 0,
        trained=data_sets,
        follows=_followed(interval, memory),
    )


def _checked(memory: FeatureMemory, rules: Sequence[JudgedRule], start_ms: int) -> Incidents:
    """Returns the incidents of checks that are not skipped, by the names of rules that people read."""
    names = {rule.known_as: rule.name for rule in rules}
    known: Mapping[tuple[str, str], AlertState] = memory.watch.incidents()
    return {
        (check, names.get(name, name)): state
        for (check, name), state in known.items()
        if not memory.waits(check, name, start_ms)
    }


def _followed(interval: MeasuredInterval, memory: FeatureMemory) -> str:
    """Returns in words the source whose number of events may have moved values off their baseline; empty if none."""
    start_ms = interval.start_ms
    off = any(score.over and memory.waits("drift", score.against, start_ms) for score in interval.scores)
    return memory.state.courses.follow(start_ms) if off else ""


def _age(time_ms: int | None, now_ms: int) -> int | None:
    return None if time_ms is None else max(0, now_ms - time_ms)
