"""Tests ten acts in the life of a shop: who is alerted of what and when, the verdict then, and what stays quiet."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dataflows.definitions import Definitions
from reports.records import FeatureReport
from tests.support.dataflow.quality.feeds import Feed
from tests.support.dataflow.quality.played_shop import shop, watched
from tests.support.dataflow.quality.quality_play import QualityPlay, the_incident
from tests.support.dataflow.quality.spoiled_events import as_text, of_xx, off_by, tripled, without_a_fifth
from tests.support.factories.definitions import MINUTE, SECOND

pytestmark = pytest.mark.long

OF_ORDERS = {"spend_10m", "mean_amount_10m", "orders_10m", "last_amount", "last_country", "orders_a_login"}
REGULAR = 3 * SECOND
"""The gap learned from a feed of some events per second."""


def statuses(play: QualityPlay) -> dict[str, str]:
    return {key: report.status for key, report in play.closed.items() if isinstance(report, FeatureReport)}


def is_told(play: QualityPlay) -> Callable[[], bool]:
    return lambda: bool(play.told)


def states(play: QualityPlay) -> list[str]:
    return [told.alert.state for told in play.told]


def test_a_calm_hour_tells_nobody_anything(play: QualityPlay) -> None:
    play.play(watched(60))
    assert play.told == [] and play.incidents == {}
    assert play.verdict == "All 7 features are as expected"
    assert set(statuses(play).values()) == {"ok"}


def test_a_feed_that_dies_is_told_within_a_few_gaps_and_never_as_drift(play: QualityPlay) -> None:
    died = play.now
    play.feeds["orders"].on = False
    waited = play.play(20 * MINUTE, is_told(play))
    assert waited is not None and waited <= 10 * REGULAR
    assert play.verdict.startswith("orders: no event since 14:3")
    play.play(20 * MINUTE)
    (alert,) = play.fired
    assert (alert.rule, alert.source, alert.owner) == ("silence", "orders", "tests@example.com")
    assert alert.summary.startswith("orders (tests@example.com): no event since ")
    assert abs(alert.onset_ms - died) <= 5 * SECOND
    assert alert.link == f"http://shop:8080/incidents/{alert.incident}" and "raw-order-events" in alert.action
    assert {name for name, status in statuses(play).items() if status == "muted"} == OF_ORDERS
    assert statuses(play)["logins_10m"] == "ok"
    notes = {report.note for report in play.closed.values() if isinstance(report, FeatureReport)}
    assert any(note.startswith("not checked during the silence of orders since 14:3") for note in notes)
    assert play.verdict.split("; ")[1] == "6 features are not checked"
    assert set(the_incident(play).muted) == OF_ORDERS


def test_a_feed_that_comes_back_resolves_and_leaves_no_drift_behind(play: QualityPlay) -> None:
    play.feeds["orders"].on = False
    play.play(12 * MINUTE)
    play.feeds["orders"].on = True
    came = play.now
    play.play(20 * MINUTE + watched(40))
    assert states(play) == ["firing", "resolved"]
    resolved = play.told[1]
    assert resolved.at_ms <= came + 15 * SECOND and resolved.alert.owner == "tests@example.com"
    assert resolved.alert.group == play.told[0].alert.group
    incident = the_incident(play)
    assert incident.state == "resolved" and incident.kind == "silence"
    assert incident.duration_ms(play.now) == pytest.approx(12 * MINUTE, abs=20 * SECOND)
    assert incident.symptoms[0].peak == "12 min"
    assert play.verdict == "All 7 features are as expected"


def test_amounts_times_three_are_one_incident_with_their_column(play: QualityPlay) -> None:
    begun = play.now
    play.feeds["orders"].spoil = tripled
    waited = play.play(15 * MINUTE, is_told(play))
    assert waited is not None and waited <= 4 * MINUTE + 15 * SECOND
    assert play.verdict.startswith("orders: 3 features since ") and "mean of amount" in play.verdict
    play.play(6 * MINUTE)
    play.feeds["orders"].spoil = None
    play.play(45 * MINUTE)
    assert len(play.groups()) == 1 and len({told.alert.group for told in play.told}) == 1
    assert {alert.feature for alert in play.fired} == {"spend_10m", "mean_amount_10m", "last_amount"}
    last = next(alert for alert in play.fired if alert.feature == "last_amount")
    assert last.summary.startswith(f"last_amount (tests@example.com): mean {last.now}, usually {last.usual} (+")
    assert last.summary.count(last.usual) <= 2
    incident = the_incident(play)
    assert incident.state == "resolved" and incident.kind == "drift" and incident.source == "orders"
    assert abs(incident.onset_ms - begun) <= 2 * MINUTE and incident.end_ms is not None
    assert incident.onset_ms < incident.peak_ms < incident.end_ms
    assert play.verdict == "All 7 features are as expected"


def test_a_new_category_is_called_by_its_name(play: QualityPlay) -> None:
    play.feeds["orders"].spoil = of_xx
    assert play.play(15 * MINUTE, is_told(play)) is not None
    play.play(10 * MINUTE)
    (alert,) = play.fired
    assert (alert.feature, alert.what, alert.usual) == ("last_country", "share of 'XX'", "not seen before")
    assert play.verdict.startswith("orders: share of country XX, not seen before, ")
    assert "; last_country: share of 'XX' " in play.verdict and "other" not in play.verdict


def test_nulls_of_a_fifth_name_the_column(play: QualityPlay) -> None:
    play.feeds["orders"].spoil = without_a_fifth
    assert play.play(15 * MINUTE, is_told(play)) is not None
    play.play(10 * MINUTE)
    assert len(play.groups()) == 1
    assert {alert.feature for alert in play.fired} <= {"last_amount", "spend_10m"}
    assert the_incident(play).likely.startswith("amount without a value ")
    assert "amount without a value " in play.verdict


def test_a_changed_schema_is_told_as_refused_events(play: QualityPlay) -> None:
    play.feeds["orders"].spoil = as_text
    waited = play.play(15 * MINUTE, is_told(play))
    assert waited is not None and waited <= 30 * SECOND
    assert "of events rejected (mostly wrong_type) since " in play.verdict and play.verdict.startswith("orders: ")
    play.play(12 * MINUTE)
    assert {name for name, status in statuses(play).items() if status == "muted"} == OF_ORDERS
    play.feeds["orders"].spoil = None
    play.play(45 * MINUTE)
    assert [(told.alert.rule, told.alert.state) for told in play.told] == [
        ("refusals", "firing"), ("refusals", "resolved"),
    ]  # fmt: skip
    assert the_incident(play).symptoms[0].peak == "100 %"
    assert play.verdict == "All 7 features are as expected"


@pytest.mark.parametrize(
    ("off_ms", "share", "said"),
    [
        (60 * MINUTE, 0.5, "1 h ahead"),  # refused: dead letters
        (3 * MINUTE, 1.0, "3 min ahead"),  # taken in
        (-60 * MINUTE, 0.5, "1 h behind"),  # too late for their windows
    ],
)
def test_a_producer_whose_clock_jumps_is_told_as_that(play: QualityPlay, off_ms: int, share: float, said: str) -> None:
    """In one partition or in all; neither as refused events nor as drift, and nothing remains when it jumps back."""
    jumped = play.now
    play.feeds["orders"].spoil = off_by(off_ms, share)
    waited = play.play(5 * MINUTE, is_told(play))
    assert waited is not None and waited <= 50 * SECOND
    assert (
        play.verdict.startswith(f"orders: events carry times {said} (") and "6 features are not checked" in play.verdict
    )
    assert abs(play.fired[0].onset_ms - jumped) <= 10 * SECOND
    play.play(12 * MINUTE)
    assert {name for name, status in statuses(play).items() if status == "muted"} == OF_ORDERS
    assert statuses(play)["logins_10m"] == "ok"
    play.feeds["orders"].spoil = None
    play.play(20 * MINUTE + watched(25))  # their traces first leave the windows
    assert [(told.alert.rule, told.alert.state) for told in play.told] == [("clock", "firing"), ("clock", "resolved")]
    assert the_incident(play).kind == "clock" and "time zone" in the_incident(play).action
    worst = the_incident(play).symptoms[0].peak
    assert worst.startswith(said) and int(worst.split("(")[1].split()[0]) >= 95 * share
    assert "muted" not in statuses(play).values() or off_ms > 0


def test_a_storm_of_hot_entities_tells_nobody_anything(play: QualityPlay) -> None:
    play.feeds["orders"].storm = 60
    play.play(20 * MINUTE)
    play.feeds["orders"].storm = 0
    play.play(20 * MINUTE)
    assert play.told == []
    assert play.verdict == "All 7 features are as expected"


def test_a_pipeline_that_is_killed_for_a_minute_is_told_as_a_standstill(play: QualityPlay) -> None:
    killed = play.now
    kept = play.stop()
    play.play(MINUTE)
    play.resume(kept)
    assert play.verdict.startswith("pipeline: nothing read for 1 min, since ")
    play.play(watched(45))
    assert [(told.alert.rule, told.alert.state) for told in play.told] == [
        ("standstill", "firing"), ("standstill", "resolved"),
    ]  # fmt: skip
    assert abs(play.fired[0].onset_ms - killed) <= 5 * SECOND
    assert play.told[1].at_ms <= killed + MINUTE + 30 * SECOND
    assert play.verdict == "All 7 features are as expected"


def test_a_deployment_that_changes_a_feature_tells_nobody_anything(play: QualityPlay, tmp_path: Path) -> None:
    kept = play.stop()
    play.play(20 * SECOND)
    play.resume(kept, shop(tmp_path, orders_10m={"version": 2, "aggregation": "count", "filter": "amount > 0"}))
    play.play(watched(45))
    assert play.told == []
    assert play.verdict == "All 7 features are as expected"


def test_a_restart_amid_an_incident_neither_tells_again_nor_forgets(play: QualityPlay) -> None:
    """Killed at every stage of an incident: before it is sent, while it fires, while it calms down."""
    play.feeds["orders"].spoil = tripled
    for _ in range(6):
        play.play(2 * MINUTE + 35 * SECOND)
        play.resume(play.stop())
    play.feeds["orders"].spoil = None
    for _ in range(12):
        play.play(2 * MINUTE + 35 * SECOND)
        play.resume(play.stop())
    told = [(told.alert.key, told.alert.state) for told in play.told]
    assert len(told) == len(set(told)) and {state for _, state in told} == {"firing", "resolved"}
    assert len(play.groups()) == 1 and the_incident(play).state == "resolved"


def test_a_symptom_that_outlives_its_cause_is_told_then(play: QualityPlay) -> None:
    """The feed resumes with other amounts."""
    play.feeds["orders"].on = False
    play.play(5 * MINUTE)
    play.feeds["orders"] = Feed("orders", 6, spoil=tripled)
    came = play.now
    play.play(40 * MINUTE)
    rules = [(told.alert.rule, told.alert.state) for told in play.told]
    assert rules[:2] == [("silence", "firing"), ("silence", "resolved")]
    assert set(rules[2:]) >= {("drift", "firing")}
    drifted = next(told for told in play.told if told.alert.rule == "drift")
    assert came + 10 * MINUTE <= drifted.at_ms <= came + 20 * MINUTE


def test_what_is_not_defined_any_more_is_over(play: QualityPlay) -> None:
    """A feature removed while it fires, and present in the snapshots: its incident ends and everything else
    continues."""
    play.feeds["orders"].spoil = of_xx
    play.play(15 * MINUTE, is_told(play))
    specs = play.definitions
    fewer = Definitions(specs.sources, tuple(one for one in specs.features if one.feature_name != "last_country"))
    play.resume(play.stop(), fewer)
    assert states(play) == ["firing", "resolved"] and the_incident(play).state == "resolved"
    play.feeds["orders"].spoil = None
    play.play(30 * MINUTE)
    assert states(play) == ["firing", "resolved"]
