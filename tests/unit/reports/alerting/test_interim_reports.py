"""Tests reports made by hand: a feature is pending until its incident starts, and its interval is recorded once."""

import msgspec
import pytest

from reports.alerting import Conclusion, ConclusionRules, FeatureLineage, InterimReport, Lineage, ShownReport
from reports.alerting.incidents.muting import SETTLING, UNCONFIRMED
from reports.incidents import Incident
from reports.records import FeatureReport
from tests.support.factories.quality.concluded_reports import (
    LENGTH,
    RULES,
    START,
    alert,
    feature,
    lineage,
    settled,
    source,
)

SILENT = alert("", 5, 6, "orders", "silence")


def fired(place: int, onset: int = 6, closed: bool = True) -> FeatureReport:
    return feature("f0", place, alert("f0", onset, place + 1), closed=closed)


def interim(shown: list[ShownReport]) -> FeatureReport:
    (only,) = shown
    assert isinstance(only, InterimReport)
    return only.report


def recorded(shown: list[ShownReport]) -> list[tuple[int, bool, str, int]]:
    """Returns start, whether closed, status and number of alerts of the reports that are not interim ones."""
    return [
        ((one.start_ms - START) // LENGTH, one.closed, one.status, len(one.alerts))
        for one in shown
        if isinstance(one, FeatureReport)
    ]


def test_a_feature_is_pending_until_its_incident_starts() -> None:
    conclusion = Conclusion(lineage(2), RULES)
    for report in (fired(7), fired(8, closed=False)):
        shown = interim(conclusion.hear(report))
        assert (shown.status, shown.alerts, shown.closed) == ("pending", (), report.closed)
        assert shown.note == f"mean 2, usually 1 (+100 %); {SETTLING}"
    assert conclusion.release() == [] and list(conclusion.drain()) == []
    conclusion.settle()
    assert recorded(conclusion.release()) == [(7, True, "firing", 1), (8, False, "firing", 1)]
    (incident,) = [one for one in conclusion.drain() if isinstance(one, Incident)]
    (again,) = conclusion.hear(fired(8))
    assert isinstance(again, FeatureReport) and again.alerts[0].incident == incident.id
    assert conclusion.release() == []


def test_the_next_interval_may_come_before_the_incident() -> None:
    """Intervals of a second: those that wait are all recorded, the oldest first."""
    conclusion = Conclusion(lineage(1), RULES)
    for place in (7, 8):
        interim(conclusion.hear(fired(place)))
    conclusion.settle()
    assert recorded(conclusion.release()) == [(7, True, "firing", 1), (8, True, "firing", 1)]


def test_what_ends_before_its_incident_starts_was_pending() -> None:
    conclusion = Conclusion(lineage(1), RULES)
    interim(conclusion.hear(fired(7)))
    assert recorded(conclusion.hear(feature("f0", 8))) == [(7, True, "pending", 0), (8, True, "ok", 0)]
    assert settled(conclusion, []) == [] and conclusion.release() == []


def test_what_waits_goes_on_waiting_while_its_source_is_quiet_in_the_next_interval() -> None:
    """The open interval is not checked for that time; the closed one is recorded as firing, with its incident."""
    conclusion = Conclusion(lineage(1), RULES)
    interim(conclusion.hear(fired(7)))
    conclusion.hear(msgspec.structs.replace(source(8), arrived_ms=START + 9 * LENGTH - 10_000))
    assert recorded(conclusion.hear(fired(8, closed=False))) == [(8, False, "muted", 0)]
    conclusion.settle()
    assert recorded(conclusion.release()) == [(7, True, "firing", 1)]


@pytest.mark.parametrize(("ago_ms", "quiet"), [(0, False), (4_000, False), (6_000, True)])
def test_a_source_is_quiet_only_until_it_was_last_looked_at(ago_ms: int, quiet: bool) -> None:
    """Its newest report may be seconds old when a feature is looked at."""
    conclusion = Conclusion(lineage(1), RULES)
    conclusion.hear(msgspec.structs.replace(source(7), arrived_ms=START + 8 * LENGTH - ago_ms))
    report = msgspec.structs.replace(feature("f0", 8, closed=False), status="pending", note="1 of 5")
    (shown,) = conclusion.hear(report)
    assert isinstance(shown, FeatureReport) and (shown.status == "muted") is quiet


def test_a_cause_that_is_found_meanwhile_mutes_what_waits() -> None:
    conclusion = Conclusion(lineage(1), RULES)
    interim(conclusion.hear(fired(7)))
    conclusion.hear(source(7, SILENT, arrived=5))
    conclusion.settle()
    assert recorded(conclusion.release()) == [(7, True, "muted", 0)]


def test_a_symptom_that_outlasts_its_cause_is_pending_until_its_incident_starts() -> None:
    conclusion = Conclusion(lineage(1), RULES)
    interim(conclusion.hear(fired(7)))
    conclusion.hear(source(7, SILENT, arrived=5))
    conclusion.settle()
    assert recorded(conclusion.release()) == [(7, True, "muted", 0)]
    for place in (8, 30):
        conclusion.hear(source(place))
    assert interim(conclusion.hear(fired(30))).note.endswith(SETTLING)
    conclusion.settle()
    assert recorded(conclusion.release()) == [(30, True, "firing", 1)]


def test_a_symptom_that_a_cause_explained_fires_when_the_next_interval_confirms_it() -> None:
    """Its alert state fires, but below its threshold: nobody was told, so no page says that it fires."""
    conclusion = Conclusion(lineage(1), RULES)
    calm = msgspec.structs.replace(alert("f0", 6, 30), score=0.9)
    report = msgspec.structs.replace(feature("f0", 29, calm), status="resolving")
    (shown,) = conclusion.hear(report)
    assert isinstance(shown, FeatureReport)
    assert (shown.status, shown.alerts) == ("pending", ()) and shown.note.endswith(UNCONFIRMED)
    failed = msgspec.structs.replace(report, status="failed")
    assert recorded(conclusion.hear(failed)) == [(29, True, "failed", 0)]
    interim(conclusion.hear(fired(30)))


def test_reports_that_wait_are_in_the_snapshot_under_the_current_name() -> None:
    """The pipeline is killed while they wait, and the candidate is promoted before it starts again."""
    columns = {"orders": frozenset({"amount"})}

    def versions(**names: str) -> Lineage:
        known = {name: FeatureLineage("o@x.io", columns, version=version) for name, version in names.items()}
        return Lineage(known, lineage(0).sources)

    before = Conclusion(versions(f0="f0@1"), ConclusionRules(LENGTH))
    interim(before.hear(fired(7)))
    after = Conclusion(versions(f1="f0@1"), ConclusionRules(LENGTH))
    assert after.load(before.dump())
    after.resume()
    after.settle()
    (report,) = after.release()
    assert isinstance(report, FeatureReport) and (report.key, report.status) == ("f1", "firing")
    assert [one.feature for one in report.alerts] == ["f1"]
    gone = Conclusion(versions(f2="f2@1"), ConclusionRules(LENGTH))
    assert gone.load(before.dump())
    gone.resume()
    assert gone.release() == []


def test_a_source_shows_only_what_was_alerted() -> None:
    """While the pipeline stands still, the silence of a source is no incident of its own."""
    conclusion = Conclusion(lineage(1), RULES)
    conclusion.tick(START)
    conclusion.tick(START + 8 * LENGTH)
    (shown,) = conclusion.hear(source(7, SILENT, arrived=0))
    assert not isinstance(shown, InterimReport) and shown.alerts == ()
