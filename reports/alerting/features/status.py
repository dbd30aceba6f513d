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


def status_of(standing: StatusInput, limits: Limits) -> tuple[Status, str]:
    """Returns the worst status that applies, and its note."""
    notes = dict(_holding(standing, limits))
    status = min(notes, key=STATUSES.index)
    return status, notes[status]


def warms_up(standing: StatusInput) -> bool:
    """Returns whether most rows have not yet seen a whole window, so that no comparison is meaningful."""
    return 2 * standing.rows.warming > standing.rows.total


def of_backlog(standing: StatusInput) -> bool:
    """Returns whether many rows are much older than the interval: their entities are not those active in it."""
    return standing.rows.past > BACKLOG * standing.rows.sampled


def is_judged(standing: StatusInput, limits: Limits) -> bool:
    """Returns whether the interval's values are compared with others and become part of the reference.

    If a topic has just begun, every value is complete and grows until events have filled its window once.
    """
    return not warms_up(standing) and not of_backlog(standing) and not _is_too_new(standing, limits)


def _is_too_new(standing: StatusInput, limits: Limits) -> bool:
    return standing.age_ms is not None and standing.age_ms < (standing.window_ms or limits.lifetime_ms)


def _holding(standing: StatusInput, limits: Limits) -> Iterator[tuple[Status, str]]:
    yield from _incidents(standing, limits)
    if standing.silent_ms >= limits.silence_ms:
        since = "the run began" if standing.last_ms is None else f"{minute(standing.last_ms)} UTC"
        yield "stale", f"no rows since {since}"
    if standing.rows.present < limits.min_rows:
        rows = plural(standing.rows.present, "row")
        yield "too_few_rows", f"only {rows} with a value; drift detection needs {limits.min_rows}"
    if warms_up(standing):
        yield "warming_up", _warming(standing)
    elif of_backlog(standing):
        yield "muted", _reading_up(standing)
    if standing.follows:
        yield "muted", f"not checked against fixed values: they follow the number of events; {standing.follows}"
    if standing.age_ms is not None and _is_too_new(standing, limits):
        yield "too_new", _too_new(standing.age_ms, standing.window_ms)
    if not standing.baseline and not standing.reference and not standing.trained:
        yield "no_baseline", "no baseline_profile, and too few closed intervals for a reference"
    yield "ok", _calm(standing)


def _incidents(standing: StatusInput, limits: Limits) -> Iterator[tuple[Status, str]]:
    phases = {name: incident.phase for name, incident in standing.incidents.items()}
    policy = limits.policy
    if "firing" in phases.values():
        yield "firing", "; ".join(alert.summary for alert in standing.alerts)
    for (rule, name), incident in standing.incidents.items():
        if incident.phase == "pending":
            over, looks = sum(over for _, over in incident.recent), len(incident.recent)
            label = _rule_label(rule, name)
            yield "pending", f"{label} exceeded its threshold in {over} of {looks} intervals; fires at {policy.fire}"
        elif incident.phase == "resolving":
            calm = f"{incident.calm} intervals below {policy.calm:g} of its threshold"
            yield "resolving", f"{_rule_label(rule, name)}: {calm}; resolves after {policy.resolve}"


def _warming(standing: StatusInput) -> str:
    if standing.seen_ms is None:
        return f"{standing.rows.warming} of {standing.rows.total} rows have not yet seen a whole window"
    if not standing.window_ms:
        return f"has counted for {lasting(standing.seen_ms)}, but not since the first event of a lifetime"
    return f"has seen {lasting(standing.seen_ms)} of its window of {lasting(standing.window_ms)}"


def _too_new(age_ms: int, window_ms: int) -> str:
    window = f"of its window of {lasting(window_ms)}" if window_ms else "of a lifetime"
    return f"its events fill {lasting(age_ms)} {window} so far; values still grow, so drift is not checked"


def _reading_up(standing: StatusInput) -> str:
    share = percent(standing.rows.past / standing.rows.sampled)
    return f"not checked while a backlog is read: {share} of rows held long before this interval"


def _calm(standing: StatusInput) -> str:
    worst = max(standing.scores, key=lambda score: score.score / score.threshold, default=None)
    against = f"against {standing.reference} earlier intervals" if standing.reference else "against its baseline"
    if standing.trained and (worst is None or worst.against in standing.trained):
        against = f"against the {worst.against if worst else standing.trained[0]}"
    if worst is None:
        return f"no score {against}"
    return f"closest to its threshold: {of_limit(worst)}, {against}"


def _rule_label(rule: str, name: str) -> str:
    return f"drift against the {name}" if rule == "drift" else f"{rule} ({name})"
