"""Tests several simultaneous faults in the shop of the plays: each is reported once, with its own cause."""

import pytest

from reports.alerting import Limits
from reports.records import FeatureReport
from tests.support.dataflow.quality.quality_play import QualityPlay
from tests.support.dataflow.quality.spoiled_events import Event, off_by, tripled
from tests.support.factories.definitions import MINUTE, SECOND

pytestmark = pytest.mark.long


def told(play: QualityPlay) -> list[tuple[str, str, str]]:
    """Returns the sent alerts without duplicates: source, rule, and state."""
    return list(dict.fromkeys((one.alert.source, one.alert.rule, one.alert.state) for one in play.told))


def test_a_feed_dies_while_the_values_of_another_change(play: QualityPlay) -> None:
    begun = play.now
    play.feeds["logins"].on = False
    play.feeds["orders"].spoil = tripled
    play.play(10 * MINUTE)
    assert told(play) == [("logins", "silence", "firing"), ("orders", "drift", "firing")]
    assert next(one.at_ms - begun for one in play.told) <= 30 * SECOND
    assert {alert.feature for alert in play.fired if alert.rule == "drift"} == {
        "last_amount", "mean_amount_10m", "spend_10m",
    }  # fmt: skip
    silence, drift = play.verdict.split(". orders: ")
    assert silence.startswith("logins: no event since 14:3") and silence.endswith("2 features are not checked")
    assert drift.startswith("3 features since 14:3") and "mean of amount" in drift
    play.feeds["logins"].on, play.feeds["orders"].spoil = True, None
    play.play(40 * MINUTE)
    assert len(play.groups()) == 2 and {incident.state for incident in play.incidents.values()} == {"resolved"}
    assert play.verdict == "All 7 features are as expected"


def test_a_feed_that_dies_while_its_features_are_not_judged_is_told(play: QualityPlay) -> None:
    """Its features are not judged because the clock of one of its producers is wrong."""
    play.feeds["orders"].spoil = off_by(-60 * MINUTE, 0.5)
    play.play(8 * MINUTE)
    died = play.now
    play.feeds["orders"].on = False
    play.play(5 * MINUTE)
    assert told(play) == [("orders", "clock", "firing"), ("orders", "silence", "firing")]
    assert play.told[1].at_ms - died <= 30 * SECOND
    assert play.verdict.startswith("orders: no event since 14:4")
    play.feeds["orders"].on, play.feeds["orders"].spoil = True, None
    play.play(45 * MINUTE)
    assert len(play.told) == 4 and play.verdict == "All 7 features are as expected"


def test_events_without_any_value_are_one_incident(play: QualityPlay) -> None:
    def emptied(event: Event, _: object) -> Event:
        return event | {"amount": None, "country": None}

    play.feeds["orders"].spoil = emptied
    play.play(8 * MINUTE)
    assert len(play.groups()) == 1 and "without a value 100 %, usually 0 %" in play.verdict
    assert {alert.feature for alert in play.fired} >= {"last_amount", "last_country", "spend_10m"}
    statuses = {key: one.status for key, one in play.closed.items() if isinstance(one, FeatureReport)}
    assert (statuses["orders_10m"], statuses["logins_10m"]) == ("ok", "ok")
    play.feeds["orders"].spoil = None
    play.play(40 * MINUTE)
    assert len(play.groups()) == 1 and play.verdict == "All 7 features are as expected"


@pytest.mark.parametrize("held_s", [24, 29, 80])
def test_a_worker_that_waits_for_redis_blames_no_source(held_s: int, play: QualityPlay) -> None:
    """Events arrived all the time; a wait beyond the limit of a standstill is told as that, and nothing else."""
    play.hold_up(held_s * SECOND)
    play.play(5 * MINUTE)
    stood = held_s * SECOND > Limits().standstill_ms
    assert told(play) == ([("", "standstill", "firing"), ("", "standstill", "resolved")] if stood else [])


def test_a_source_that_falls_silent_while_the_worker_waits_is_told_afterwards(play: QualityPlay) -> None:
    play.feeds["orders"].on = False
    play.hold_up(25 * SECOND)
    assert play.play(MINUTE, lambda: bool(play.told)) is not None
    assert told(play) == [("orders", "silence", "firing")]
