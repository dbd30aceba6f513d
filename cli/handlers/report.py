"""`headrace report`: the verdict in the terminal, what fires, and every feature, the worst first."""

from dataclasses import dataclass

import msgspec
import typer

from cli.error_reporting import Mistake
from cli.handlers.report_text import details, incident, table
from cli.redis_client import open_redis
from cli.terminal import err, now_ms, out
from connectors.redis import evicts, full
from dataflows.definitions import Definitions, load
from dataflows.expectations import did_you_mean
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from reports.formats import lasting
from reports.records import Alert, FeatureReport, SourceReport
from reports.verdict import ordered, verdict
from serving.live_reports import read_known
from serving.pipeline import Pipeline, read_pipeline

OLD_INTERVALS = 3  # without a newer report the dataflow is taken for stopped


@dataclass(frozen=True, slots=True)
class ReportAnswer:
    """The answer of `headrace report`: the features it covers, and those without a report."""

    features: tuple[FeatureReport, ...]
    sources: tuple[SourceReport, ...]
    unknown: tuple[str, ...]
    pipeline: Pipeline
    redis: str

    @property
    def verdict(self) -> str:
        """In one sentence."""
        return verdict(self.features, self.sources)

    @property
    def alerts(self) -> list[Alert]:
        """Those that fire, the oldest first."""
        alerts = [alert for feature in self.features for alert in feature.alerts]
        alerts += [alert for source in self.sources for alert in source.alerts]
        return sorted(
            (alert for alert in alerts if alert.state == "firing"), key=lambda alert: (alert.onset_ms, alert.key)
        )

    @property
    def fires(self) -> bool:
        """Whether anything does."""
        troubled = self.pipeline.alive is False or bool(self.pipeline.troubles.topics)
        return troubled or bool(self.alerts) or any(report.status == "firing" for report in self.features)


def report(as_json: bool, feature: str | None) -> None:
    """Say whether the features can be trusted: the verdict, what fires, and every feature, the worst first."""
    settings = load_settings()
    answer = _read(settings, load(settings.specs), feature)
    if as_json:
        typer.echo(_encoded(answer))
    else:
        _print(answer, settings, detailed=feature is not None)
    if answer.fires:
        raise typer.Exit(1)


def _read(settings: Settings, definitions: Definitions, feature: str | None) -> ReportAnswer:
    names = [feature_spec.feature_name for feature_spec in definitions.features]
    if feature is not None and feature not in names:
        raise Mistake(f"unknown feature {feature!r}; {did_you_mean(feature, names) or 'see validate'}")
    wanted = names if feature is None else [feature]
    with open_redis(settings) as client:
        known = read_known(client, settings.redis_prefix, wanted, list(definitions.sources) if feature is None else [])
        types = list(definitions.entity_types)
        pipeline = read_pipeline(client, settings.redis_prefix, types, settings.alert_standstill)
        memory = evicts(client) or full(client)
    unknown = tuple(name for name in wanted if name not in known.features)
    return ReportAnswer(tuple(ordered(known.settled_features())), known.settled_sources(), unknown, pipeline, memory)


def _encoded(answer: ReportAnswer) -> str:
    answer_fields = {
        "verdict": answer.verdict,
        "fires": answer.fires,
        "alerts": answer.alerts,
        "features": answer.features,
        "sources": answer.sources,
        "unknown": answer.unknown,
        "pipeline": answer.pipeline.told(),
        "redis": answer.redis,
    }
    return msgspec.json.encode(answer_fields).decode()


def _print(answer: ReportAnswer, settings: Settings, *, detailed: bool) -> None:
    if answer.pipeline.standing:
        out.print(answer.pipeline.standing, style="bold red", soft_wrap=True)
    for trouble in answer.pipeline.troubles.topics:
        out.print(trouble, style="bold red", markup=False, soft_wrap=True)
    if answer.redis:
        err.print(answer.redis, style="yellow", soft_wrap=True)
    out.print(answer.verdict, style="bold", soft_wrap=True)
    _say_how_old(answer.features, settings)
    for alert in answer.alerts:
        out.print(incident(alert, now_ms()), soft_wrap=True)
    if answer.features:
        out.print("", table(answer.features), sep="\n")
    for feature in answer.features if detailed else ():
        out.print("", details(feature), sep="\n")
    if answer.unknown and answer.features:
        err.print(f"without a report yet: {', '.join(answer.unknown)}", soft_wrap=True)


def _say_how_old(features: tuple[FeatureReport, ...], settings: Settings) -> None:
    """Warns if the reports are old, because they outlive the dataflow."""
    if not settings.quality:
        err.print("HEADRACE_QUALITY is off: the dataflow writes no reports")
    elif not features:
        err.print(
            "no reports yet: the dataflow writes the first some seconds after its first rows; is it running?",
            soft_wrap=True,
        )
    else:
        age_ms = now_ms() - max(report.end_ms for report in features)
        if age_ms > OLD_INTERVALS * max(report.end_ms - report.start_ms for report in features):
            err.print(f"the newest report is {lasting(age_ms)} old; is the dataflow running?", soft_wrap=True)
