"""Implements `headrace report`: prints the verdict, firing alerts, and every feature, the worst first."""

from collections.abc import Sequence

import typer

from cli.error_reporting import InvalidArgument
from cli.handlers.quality.report_answer import Freshness, ReportAnswer, encoded
from cli.handlers.quality.report_text import alert_line, details, incident_lines, table
from cli.redis_client import open_redis
from cli.terminal import err, now_ms, out
from connectors.errors import ExitCode
from connectors.redis import evicts, full
from dataflows.definitions import Definitions, durations, load
from dataflows.expectations import did_you_mean
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from reports.incidents import Incident
from reports.moments import lasting
from reports.muted_reports import muted_reports
from reports.verdict import ordered
from serving.quality.incident_reader import read_incidents
from serving.quality.live_reports import read_known
from serving.quality.pipeline import read_pipeline


def report(as_json: bool, feature: str | None, since: str | None) -> None:
    """Prints whether the features can be trusted: the verdict, firing alerts, and every feature, the worst first."""
    settings = load_settings()
    answer = _read(settings, load(settings.specs), feature, _since_ms(since))
    if as_json:
        typer.echo(encoded(answer))
    else:
        _print(answer, detailed=feature is not None)
    if answer.fires:
        raise typer.Exit(ExitCode.NO)
    if answer.freshness is not Freshness.NEW:
        raise typer.Exit(ExitCode.WRONG)


def _since_ms(since: str | None) -> int | None:
    """Returns the begin of the requested time (ms). Raises InvalidArgument."""
    if since is None:
        return None
    try:
        return now_ms() - durations.parse(since)
    except ValueError as error:
        raise InvalidArgument(f"--since: {error}") from error


def _read(settings: Settings, definitions: Definitions, feature: str | None, since_ms: int | None) -> ReportAnswer:
    wanted = _selected_features(definitions, feature)
    sources = list(definitions.sources) if feature is None else list(definitions.sources_of(feature))
    with open_redis(settings) as client:
        known = read_known(client, settings.redis_prefix, wanted, sources)
        incidents = read_incidents(client, settings.redis_prefix)
        types, limit_s = list(definitions.entity_types), settings.alert_standstill
        pipeline = read_pipeline(client, settings.redis_prefix, types, limit_s)
        memory = evicts(client) or full(client)
    return ReportAnswer(
        features=tuple(ordered(muted_reports(known.settled_features(), incidents, pipeline.stalled_ms, now_ms()))),
        sources=known.settled_sources(),
        all_incidents=_about(feature, sources, incidents),
        since_ms=since_ms,
        unknown=tuple(name for name in wanted if name not in known.features),
        pipeline=pipeline,
        redis=memory,
        now_ms=now_ms(),
        quality=settings.quality,
    )


def _about(feature: str | None, sources: Sequence[str], incidents: Sequence[Incident]) -> tuple[Incident, ...]:
    if feature is None:
        return tuple(incidents)
    return tuple(incident for incident in incidents if incident.concerns(feature, sources))


def _selected_features(definitions: Definitions, feature: str | None) -> list[str]:
    names = [feature_spec.feature_name for feature_spec in definitions.features]
    if feature is None:
        return names
    if feature not in names:
        raise InvalidArgument(
            f"unknown feature {feature!r}; {did_you_mean(feature, names) or 'headrace validate lists them'}"
        )
    return [feature]


def _print(answer: ReportAnswer, *, detailed: bool) -> None:
    for trouble in answer.pipeline.troubles.topics:
        out.print(trouble, style="bold red", markup=False, soft_wrap=True)
    if answer.redis:
        err.print(answer.redis, style="yellow", soft_wrap=True)
    out.print(answer.verdict, style="bold", markup=False, soft_wrap=True)
    _say_how_old(answer)
    for incident in answer.incidents:
        out.print(incident_lines(incident, answer.now_ms), soft_wrap=True)
    for alert in answer.other_alerts:
        out.print(alert_line(alert, answer.now_ms), soft_wrap=True)
    if answer.features:
        out.print("", table(answer.features), sep="\n")
    for feature in answer.features if detailed else ():
        out.print("", details(feature), sep="\n")
    if answer.unknown and answer.features:
        err.print(f"no report yet: {', '.join(answer.unknown)}", soft_wrap=True)


def _say_how_old(answer: ReportAnswer) -> None:
    """Warns if the reports are old, because they outlive the dataflow."""
    if not answer.quality:
        err.print("HEADRACE_QUALITY is off: the dataflow writes no reports")
    elif answer.freshness is Freshness.NONE:
        err.print(
            "no reports yet: the dataflow writes the first ones a few seconds after its first rows; is it running?",
            soft_wrap=True,
        )
    elif answer.freshness is Freshness.AHEAD:
        ahead = lasting(answer.ahead_ms)
        err.print(f"reports are dated {ahead} in the future: check the clocks of this machine and of the dataflow")
    elif answer.freshness is Freshness.FAILED:
        err.print(f"no verdict, because the evaluation failed for: {', '.join(answer.failed)}", soft_wrap=True)
    elif answer.freshness is Freshness.STALE:
        err.print(f"the oldest report is {lasting(answer.oldest_ms)} old; is the dataflow running?", soft_wrap=True)
