"""Tests that the interval of a replay is muted by its causes, as a live run records it."""

import msgspec

from reports.records import Alert, FeatureReport, Subject, Summary
from reports.verdict import interval_of
from tests.support.factories.quality.concluded_reports import LENGTH, START, alert, feature, source

SILENT = alert("", 7, 8, "orders", "silence")


def of(name: str, *alerts: Alert, origin: str = "orders", reads: tuple[str, ...] = ()) -> FeatureReport:
    """Returns the report of the eighth interval, of a feature of a source or one that reads others."""
    report = feature(name, 7, *alerts)
    subject: Subject = msgspec.structs.replace(report.subject, source=origin, reads=reads)
    changed: FeatureReport = msgspec.structs.replace(report, subject=subject)
    return changed


def test_what_depends_on_a_failing_source_is_muted_unless_its_alert_was_sent() -> None:
    """A replay judges features without their sources: they fire, with alerts that were not sent."""
    features = [
        of("a", alert("a", 7, 8)),
        of("b", msgspec.structs.replace(alert("b", 7, 8), incident="i1")),
        of("c", alert("c", 2, 8)),
        of("d", alert("d", 7, 8), origin="", reads=("e",)),
        of("e", origin="", reads=("a", "d")),
        of("f", alert("f", 7, 8), origin="logins"),
        msgspec.structs.replace(of("g"), status="failed", summary=Summary(rows=0)),
    ]
    built = interval_of(START + 7 * LENGTH, START + 8 * LENGTH, features, [source(7, SILENT, arrived=7)])
    assert [one.status for one in built.features] == [
        "muted", "firing", "firing", "muted", "muted", "firing", "failed",
    ]  # fmt: skip
    notes = {one.note for one in built.features if one.status == "muted"}
    assert notes == {"not checked during the silence of orders since 14:07 UTC"}
    assert not any(one.alerts for one in built.features if one.status == "muted")


def test_a_few_rejected_events_explain_nothing() -> None:
    few = msgspec.structs.replace(SILENT, rule="refusals", detail="rejects")
    features = [of("a", alert("a", 7, 8))]
    built = interval_of(START + 7 * LENGTH, START + 8 * LENGTH, features, [source(7, few)])
    assert list(built.features) == features
