"""Formats reports for the terminal: a line per incident, a row per feature. Makes foreign names and values safe."""

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from reports.formats import STATUS_WORDS, count, measure, number, of_limit, percent, plural, reading, readings
from reports.incidents import Incident
from reports.moments import NOTHING, clock, lasting, seconds
from reports.null_counts import nulled
from reports.plain_texts import plain
from reports.records import Alert, FeatureReport, Status
from reports.verdict import compared

STYLES: dict[Status, str] = {"firing": "bold red", "pending": "yellow", "resolving": "yellow", "ok": "green"}
INCIDENT_STYLES = {"firing": "red", "resolved": "green"}
LONGEST = 200
LONGEST_HEADLINE = 400


def incident_lines(incident: Incident, now_ms: int) -> Text:
    """Formats an incident: its state and cause, its owners, and what to do first."""
    style = INCIDENT_STYLES[incident.state]
    text = Text(f"{incident.state:<9}", style=style)
    text.append(plain(incident.headline, LONGEST_HEADLINE), style="default")
    whose = ", ".join(incident.owners)
    lasts = lasting(max(1_000, incident.duration_ms(now_ms) // 1_000 * 1_000))
    text.append(f"\n         {lasts}{', ' + whose if whose else ''}", style="dim default")
    if incident.state == "firing" and incident.action:
        text.append(f"\n         first: {plain(incident.action, LONGEST_HEADLINE)}", style="default")
    return text.append(f"\n         {incident.runbook}", style="default") if incident.runbook else text


def alert_line(alert: Alert, now_ms: int) -> Text:
    """Formats an alert outside incidents: its subject, since when (UTC), its owner."""
    text = Text("firing  ", style="red")
    text.append(f"{alert.feature or f'source {alert.source}'}  ", style="bold default")
    text.append(plain(alert.summary, LONGEST), style="default")
    since = f"  since {clock(alert.onset_ms, now_ms)}, {plural(alert.windows, 'interval')}"
    return text.append(since + (f", {alert.owner}" if alert.owner else ""), style="dim default")


def table(reports: Sequence[FeatureReport]) -> Table:
    """Formats the features in the given order."""
    rows = _table("feature", "status", "worst score", numbers=("rows", "null", "mean", "was", "broken", "p99"))
    rows.add_column("why", overflow="fold", style="dim")
    for report in reports:
        rows.add_row(*_cells(report))
    return rows


def details(report: FeatureReport) -> Group:
    """Formats a feature with all its scores and rules."""
    subject = report.subject
    about = Text(plain(subject.description, LONGEST))
    about.append(f"  version {subject.version}, {subject.owner}", style="dim")
    scores = _table("score", "against", numbers=("found", "limit", "n"))
    for score in report.scores:
        numbers = number(score.score), number(score.threshold), count(score.n)
        scores.add_row(measure(score.measure), score.against, *numbers, style="red" if score.over else None)
    rules = _table("rule", "on violation", numbers=("broken", "share"))
    for rule in report.rules:
        rules.add_row(Text(plain(rule.rule, LONGEST)), rule.on_violation, count(rule.violations), percent(rule.rate))
    if report.nulled:
        about.append(f"\n{nulled(report.nulled)}", style="yellow")
    return Group(about, *(Group(Text(), section) for section in (scores, rules) if section.rows))


def _table(*words: str, numbers: Sequence[str]) -> Table:
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in words:
        grid.add_column(name, no_wrap=True)
    for name in numbers:
        grid.add_column(name, justify="right", no_wrap=True)
    return grid


def _cells(report: FeatureReport) -> tuple[str | Text, ...]:
    summary, means, worst = report.summary, compared(report, "mean"), report.worst
    kind = report.subject.value_type
    mean, earlier = readings(*means, kind) if means else (reading(summary.mean, kind), NOTHING)
    return (
        report.subject.feature,
        Text(STATUS_WORDS[report.status], style=STYLES.get(report.status, "dim")),
        of_limit(worst) if worst else NOTHING,
        count(summary.rows),
        percent(summary.nulls / summary.rows if summary.rows else None),
        mean,
        earlier,
        count(sum(rule.violations for rule in report.rules)),
        seconds(report.freshness.p99),
        Text(plain(report.note, LONGEST)),
    )
