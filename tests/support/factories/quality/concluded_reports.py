"""Reports of features and of a source for a conclusion, in intervals of a minute, and what is sent because of them."""

from collections.abc import Sequence

from reports.alerting import Conclusion, ConclusionRules, FeatureLineage, Lineage, SourceLineage
from reports.incidents import Incident
from reports.records import Alert, FeatureReport, SourceReport, Subject, Summary

LENGTH, START = 60_000, 1_767_276_000_000
RULES = ConclusionRules(LENGTH, pages_url="http://shop:8080")
Out = list[Incident | Alert]


def lineage(features: int) -> Lineage:
    names = [f"f{number}" for number in range(features)]
    read = {"orders": frozenset({"amount"})}
    return Lineage({name: FeatureLineage("o@x.io", read) for name in names}, {"orders": SourceLineage("raw-orders")})


def alert(feature: str, onset: int, at: int, source: str = "", rule: str = "drift") -> Alert:
    return Alert(
        key=f"{feature}{source}{rule}{onset}", feature=feature, source=source, rule=rule, detail=rule, state="firing",
        onset_ms=START + onset * LENGTH, at_ms=START + at * LENGTH, windows=3, score=2.0, threshold=1.0, n=300,
        summary="mean 2, usually 1 (+100 %)", owner="o@x.io" if feature else "", group="orders", what="mean", now="2",
        usual="1",
    )  # fmt: skip


def feature(name: str, place: int, *alerts: Alert, closed: bool = True) -> FeatureReport:
    subject = Subject(
        feature=name,
        version=1,
        fingerprint="",
        entity_type="user",
        value_type="DOUBLE",
        owner="o@x.io",
        source="orders",
    )
    return FeatureReport(
        subject=subject, start_ms=START + place * LENGTH, end_ms=START + (place + 1) * LENGTH, closed=closed,
        status="firing" if alerts else "ok", note="", summary=Summary(rows=300), alerts=alerts,
    )  # fmt: skip


def source(place: int, *alerts: Alert, arrived: int | None = None) -> SourceReport:
    end_ms = START + (place + 1) * LENGTH
    return SourceReport(
        source="orders", topic="raw-orders", start_ms=end_ms - LENGTH, end_ms=end_ms, closed=True, events=9,
        alerts=alerts,
        arrived_ms=end_ms if arrived is None else START + arrived * LENGTH, usual_gap_ms=2_000,
    )  # fmt: skip


def settled(conclusion: Conclusion, reports: Sequence[FeatureReport | SourceReport]) -> Out:
    for report in reports:
        conclusion.hear(report)
    conclusion.settle()
    return list(conclusion.drain())


def told(out: Out) -> list[tuple[str, str, str]]:
    return [
        (message.feature or message.source or "pipeline", message.rule, message.state)
        for message in out
        if isinstance(message, Alert)
    ]
