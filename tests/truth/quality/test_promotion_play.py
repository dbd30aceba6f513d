"""Tests promoting a firing candidate: its incident continues under the feature's name, and no alert is sent twice."""

from pathlib import Path

import pytest

from dataflows.definitions import Definitions, load
from reports.records import Alert, FeatureReport
from tests.support.dataflow.quality.played_shop import FEATURES, shop, watched
from tests.support.dataflow.quality.quality_play import QualityPlay, the_incident
from tests.support.dataflow.quality.spoiled_events import tripled
from tests.support.factories.definitions import MINUTE, PLAIN, write

pytestmark = pytest.mark.long

OF_VERSIONS = ("mean_amount_10m", "mean_amount_10m@2")
MEAN: dict[str, object] = {**FEATURES["orders"]["mean_amount_10m"], "source": "orders", "window": "10m"}


def versions(folder: Path, promoted: int, *candidates: int) -> Definitions:
    """Returns the shop with some versions of one feature, whose values are equal."""
    shop(folder, mean_amount_10m={**MEAN, "value": f"amount * {promoted} / {promoted}", "version": promoted})
    for version in candidates:
        keys = {**MEAN, "value": f"amount * {version} / {version}", "version": version, "candidate": True}
        write(folder / "user" / f"candidate_{version}.yaml", {"feature_name": "mean_amount_10m", **PLAIN, **keys})
    return load(folder)


def firing_candidate(folder: Path) -> QualityPlay:
    """Plays the shop until tripled amounts have raised an alert of both versions."""
    play = QualityPlay(versions(folder, 1, 2), seed=12)
    play.play(35 * MINUTE)
    play.feeds["orders"].spoil = tripled
    play.play(20 * MINUTE, until=lambda: {*OF_VERSIONS} <= {told.alert.feature for told in play.told})
    play.play(MINUTE)
    return play


def expect_continued(play: QualityPlay, keys: set[str]) -> None:
    """Checks that the alerts and symptoms of these keys, once of the candidate, now bear the feature's name."""
    report = play.closed["mean_amount_10m"]
    assert isinstance(report, FeatureReport) and report.subject.version == 2
    assert {alert.key for alert in report.alerts} == keys
    assert {alert.feature for alert in report.alerts} == {"mean_amount_10m"}
    symptoms = [symptom for symptom in the_incident(play).symptoms if symptom.key in keys]
    assert {symptom.feature for symptom in symptoms} == {"mean_amount_10m"}


def expect_resolved(play: QualityPlay, keys: set[str], first: int) -> None:
    """Plays without the fault until the alerts of these keys have ended; `first` is the first message that counts."""
    play.feeds["orders"].spoil = None

    def ended() -> list[Alert]:
        return [message.alert for message in play.told[first:] if message.alert.key in keys]

    play.play(40 * MINUTE, until=lambda: len(ended()) == len(keys))
    assert {(alert.state, alert.feature) for alert in ended()} == {("resolved", "mean_amount_10m")}
    assert len(ended()) == len(keys)


@pytest.mark.parametrize("stays", [(), (1,)], ids=["removed", "steps back"])
def test_an_incident_of_a_candidate_goes_on_when_it_is_promoted(tmp_path: Path, stays: tuple[int, ...]) -> None:
    play = firing_candidate(tmp_path / "beside")
    before = {told.alert.key: told.alert for told in play.told}
    keys = {name: {key for key, alert in before.items() if alert.feature == name} for name in OF_VERSIONS}
    assert all(keys.values())
    told = len(play.told)

    play.resume(play.stop(), versions(tmp_path / "promoted", 2, *stays))
    play.play(watched(10))
    news = play.told[told:]
    assert [message.alert for message in news if message.alert.state == "firing"] == []
    assert {message.alert.key for message in news} == (set() if stays else keys["mean_amount_10m"])
    expect_continued(play, keys["mean_amount_10m@2"])
    expect_resolved(play, keys["mean_amount_10m@2"], told)
