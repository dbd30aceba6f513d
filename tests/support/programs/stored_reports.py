"""Reports and incidents in the embedded Redis of the commands, as the dataflow writes them."""

from collections.abc import Iterable
from pathlib import Path

from cli.terminal import now_ms
from connectors.redis.client import connect
from reports.incidents import Incident, incidents_key
from reports.records import FeatureReport, IntervalReport, SourceReport, quality_key
from tests.support.factories.quality.reports import INTERVAL_MS, made_interval


def recent_ms() -> int:
    """Returns the start of the interval before this one."""
    return now_ms() // INTERVAL_MS * INTERVAL_MS - INTERVAL_MS


def calm_interval(start_ms: int) -> IntervalReport:
    """Returns an interval in which all features and sources are as expected."""
    return made_interval(start_ms=start_ms, statuses={})


def put(var: Path, reports: Iterable[FeatureReport | SourceReport], field: str = "closed") -> None:
    """Writes reports as the dataflow does."""
    with connect(None, var) as client:
        for report in reports:
            client.hset(quality_key("headrace", report.key), field, report.encode())


def put_interval(var: Path, interval: IntervalReport) -> None:
    put(var, [*interval.features, *interval.sources])


def put_incident(var: Path, incident: Incident) -> None:
    with connect(None, var) as client:
        client.hset(incidents_key("headrace"), mapping={incident.id: incident.encode(), "_as_of": "1"})
