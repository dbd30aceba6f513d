"""Tests restarts from a state older than what was sent, or from none: every alert ends, and is sent once."""

from collections import Counter

import pytest

from reports.incidents import Incident
from tests.support.dataflow.quality.quality_play import QualityPlay, the_incident
from tests.support.dataflow.quality.spoiled_events import tripled
from tests.support.factories.definitions import MINUTE, SECOND

pytestmark = pytest.mark.long


def until_told(play: QualityPlay) -> dict[str, bytes]:
    """Lets amounts triple until it is told; returns the state of half a minute before."""
    play.feeds["orders"].spoil = tripled
    kept = [play.snapshots()]
    while not play.told:
        play.play(10 * SECOND)
        kept.append(play.snapshots())
    play.play(10 * SECOND)
    return kept[-4]


def told(play: QualityPlay, rule: str = "drift") -> Counter[tuple[str, str]]:
    return Counter((one.alert.key, one.alert.state) for one in play.told if one.alert.rule == rule)


def drift_of(play: QualityPlay) -> Incident:
    """Returns the only incident about drift; a state older than the limit is a standstill besides."""
    (drift,) = [incident for incident in play.incidents.values() if incident.kind == "drift"]
    return drift


@pytest.mark.parametrize("away_s", [5, 60])
def test_what_was_told_after_the_last_snapshot_ends(away_s: int, play: QualityPlay) -> None:
    """The values are right again when the pipeline is back, so it does not see the drift that it has told."""
    kept = until_told(play)
    fired = {alert.key for alert in play.fired}
    play.stop()
    play.feeds["orders"].spoil = None
    play.play(away_s * SECOND)
    play.resume(kept)
    play.play(30 * MINUTE)
    assert {key for key, state in told(play) if state == "resolved"} == fired
    assert all(many == 1 for (_, state), many in told(play).items() if state == "resolved")
    assert {incident.state for incident in play.incidents.values()} == {"resolved"}
    assert play.verdict == "All 7 features are as expected"


def test_what_goes_on_over_a_restart_is_the_same_incident(play: QualityPlay) -> None:
    kept = until_told(play)
    play.stop()
    play.play(5 * SECOND)
    play.resume(kept)
    play.play(12 * MINUTE)
    play.feeds["orders"].spoil = None
    play.play(30 * MINUTE)
    drift = drift_of(play)
    assert drift.state == "resolved" and "was not seen" not in drift.headline
    keys = {key for key, _ in told(play)}
    assert len(keys) == len({alert.feature for alert in play.fired if alert.rule == "drift"})
    assert all(told(play)[key, "resolved"] == 1 for key in keys)


def test_what_fired_when_the_state_was_lost_ends_with_a_reason(play: QualityPlay) -> None:
    """With a new recovery store, the pipeline knows nothing of the incidents that it has told."""
    until_told(play)
    fired, lost = {alert.key for alert in play.fired}, the_incident(play).id
    play.stop()
    play.feeds["orders"].spoil = None
    play.play(MINUTE)
    play.resume({})
    play.play(5 * MINUTE)
    assert play.incidents[lost].state == "firing"
    play.play(5 * MINUTE)
    assert play.incidents[lost].state == "resolved"
    assert play.incidents[lost].headline.endswith("because the pipeline restarted from an earlier state")
    ends = [one.alert for one in play.told if one.alert.state == "resolved" and one.alert.key in fired]
    assert len(ends) == len(fired) and {alert.incident for alert in ends} == {lost}
    assert all("resolved after" in alert.summary and "end was not seen" in alert.summary for alert in ends)


def test_a_silence_that_goes_on_while_the_state_is_lost_is_not_over(play: QualityPlay) -> None:
    play.feeds["orders"].on = False
    play.play(3 * MINUTE, lambda: bool(play.told))
    kept = play.stop()
    play.play(10 * SECOND)
    play.resume(kept)
    play.play(12 * MINUTE)
    assert [one.alert.state for one in play.told] == ["firing"]


@pytest.mark.parametrize("lost", [1, 3, 7])
def test_killed_in_the_minute_in_which_it_resolves_it_stays_resolved(lost: int, play: QualityPlay) -> None:
    """The state is up to a minute older than what was sent: the end is sent again under the same key, nothing else."""
    until_told(play)
    play.play(4 * MINUTE)
    play.feeds["orders"].spoil, kept = None, [play.snapshots()]
    while drift_of(play).state == "firing":
        play.play(10 * SECOND)
        kept.append(play.snapshots())
    before = told(play)
    play.stop()
    play.play(5 * SECOND)
    play.resume(kept[-1 - lost])
    play.play(15 * MINUTE)
    assert told(play).keys() == before.keys()
    assert all(many == 1 for (_, state), many in told(play).items() if state == "firing")
    assert drift_of(play).state == "resolved" and "was not seen" not in drift_of(play).headline
    assert play.verdict == "All 7 features are as expected"
