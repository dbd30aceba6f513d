"""Decides the status of a feature in an interval, and explains it in one sentence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reports.alerting.alert_state import AlertState
from reports.alerting.thresholds import Limits
from reports.formats import of_limit, percent, plural
from reports.moments import lasting, minute
from reports.records import STATUSES, Alert, Score, Status

BACKLOG = 0.1
"""Share of rows older than their interval from which the interval counts as a backlog."""


@dataclass(frozen=True, slots=True)
class RowCounts:
    """The rows of an interval: all, those with a value, and those that have not yet seen a whole window.

    `sampled` rows were profiled; `past` of these held long before the interval.
    """

    total: int
    present: int
    warming: int
    sampled: int
    past: int


@dataclass(frozen=True, slots=True)
class StatusInput:
    """The facts that decide a status; times in ms."""

    incidents: Mapping[tuple[str, str], AlertState]
    alerts: tuple[Alert, ...]
    scores: tuple[Score, ...]
    rows: RowCounts
    seen_ms: int | None  # part of its window that was seen, by the rows that are warming up
    age_ms: int | None  # age of its oldest row
    window_ms: int  # 0 for lifetime
    silent_ms: int  # since the end of the last interval with rows
    last_ms: int | None
    baseline: bool
    reference: int  # intervals in the reference, 0 while it has too few
    trained: tuple[str, ...] = ()  # data sets that values are compared with
    follows: str = ""  # the source with a steady rise or fall of events, if that may move values off their baseline


def status_of(facts: StatusInput, limits: Limits) -> tuple[Status, str]:
    """Returns the worst status that applies, and its note."""
    notes = dict(_holding(facts, limits))
    status = min(notes, key=STATUSES.index)
    return status, notes[status]


def warms_up(facts: StatusInput) -> bool:
    """Returns whether most rows have not yet seen a whole window, so that no comparison is meaningful."""
    return 2 * facts.rows.warming > facts.rows.total


def of_backlog(facts: StatusInput) -> bool:
    """Returns whether many rows are much older than the interval: their entities are not those active in it."""
    return facts.rows.past > BACKLOG * facts.rows.sampled


def is_judged(facts: StatusInput, limits: Limits) -> bool:
    """Returns whether the interval's values are compared with others and become part of the reference.

    If a topic has just begun, every value is complete and grows until events have filled its window once.
    """
    return not warms_up(facts) and not of_backlog(facts) and not _is_too_new(facts, limits)


def _is_too_new(facts: StatusInput, limits: Limits) -> bool:
    return facts.age_ms is not None and facts.age_ms < (facts.window_ms or limits.lifetime_ms)


def _holding(facts: StatusInput, limits: Limits) -> Iterator[tuple[Status, str]]:
    yield from _incidents(facts, limits)
    if facts.silent_ms >= limits.silence_ms:
        since = "the run began" if facts.last_ms is None else f"{minute(facts.last_ms)} UTC"
        yield "stale", f"no rows since {since}"
    if facts.rows.present < limits.min_rows:
        rows = plural(facts.rows.present, "row")
        yield "too_few_rows", f"only {rows} with a value; drift detection needs {limits.min_rows}"
    if warms_up(facts):
        yield "warming_up", _warming(facts)
    elif of_backlog(facts):
        yield "muted", _reading_up(facts)
    if facts.follows:
        yield "muted", f"not checked against fixed values: they follow the number of events; {facts.follows}"
    if facts.age_ms is not None and _is_too_new(facts, limits):
        yield "too_new", _too_new(facts.age_ms, facts.window_ms)
    if not facts.baseline and not facts.reference and not facts.trained:
        yield "no_baseline", "no baseline_profile, and too few closed intervals for a reference"
    yield "ok", _calm(facts)


def _incidents(facts: StatusInput, limits: Limits) -> Iterator[tuple[Status, str]]:
    phases = {name: incident.phase for name, incident in facts.incidents.items()}
    policy = limits.policy
    if "firing" in phases.values():
        yield "firing", "; ".join(alert.summary for alert in facts.alerts)
    for (rule, name), incident in facts.incidents.items():
        if incident.phase == "pending":
            over, looks = sum(over for _, over in incident.recent), len(incident.recent)
            label = _rule_label(rule, name)
            yield "pending", f"{label} exceeded its threshold in {over} of {looks} intervals; fires at {policy.fire}"
        elif incident.phase == "resolving":
            calm = f"{incident.calm} intervals below {policy.calm:g} of its threshold"
            yield "resolving", f"{_rule_label(rule, name)}: {calm}; resolves after {policy.resolve}"


def _warming(facts: StatusInput) -> str:
    if facts.seen_ms is None:
        return f"{facts.rows.warming} of {facts.rows.total} rows have not yet seen a whole window"
    if not facts.window_ms:
        return f"has counted for {lasting(facts.seen_ms)}, but not since the first event of a lifetime"
    return f"has seen {lasting(facts.seen_ms)} of its window of {lasting(facts.window_ms)}"


def _too_new(age_ms: int, window_ms: int) -> str:
    window = f"of its window of {lasting(window_ms)}" if window_ms else "of a lifetime"
    return f"its events fill {lasting(age_ms)} {window} so far; values still grow, so drift is not checked"


def _reading_up(facts: StatusInput) -> str:
    share = percent(facts.rows.past / facts.rows.sampled)
    return f"not checked while a backlog is read: {share} of rows held long before this interval"


def _calm(facts: StatusInput) -> str:
    worst = max(facts.scores, key=lambda score: score.score / score.threshold, default=None)
    against = f"against {facts.reference} earlier intervals" if facts.reference else "against its baseline"
    if facts.trained and (worst is None or worst.against in facts.trained):
        against = f"against the {worst.against if worst else facts.trained[0]}"
    if worst is None:
        return f"no score {against}"
    return f"closest to its threshold: {of_limit(worst)}, {against}"


def _rule_label(rule: str, name: str) -> str:
    return f"drift against the {name}" if rule == "drift" else f"{rule} ({name})"
