"""Tests whole days without faults, on a fake clock: no alert is sent.

Few events come at night, and fewer on a weekend: feature counts follow them for hours, in the evening and in the
morning. Real trouble in the meantime is still alerted.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from reports.records import FeatureReport
from tests.support.dataflow.quality.calm_days import calm_play, closed_at_night, day_and_night
from tests.support.dataflow.quality.quality_play import QualityPlay, the_incident
from tests.support.dataflow.quality.spoiled_events import tripled
from tests.support.factories.definitions import HOUR, MINUTE
from tests.support.generators.seeds import fixed_seeds, seeds

pytestmark = pytest.mark.long

DAYS = {
    "a weekday becomes a weekend": datetime(2026, 1, 30, 12),
    "a month ends": datetime(2026, 1, 31, 12),
    "a weekend becomes a weekday": datetime(2026, 2, 1, 12),
}


@pytest.mark.parametrize("seed", fixed_seeds(1))
def test_a_calm_day_tells_nobody_anything(seed: int, tmp_path: Path) -> None:
    """Each seed has its own day: HEADRACE_TEST_SEEDS=9 plays each of them three times."""
    since, hours = list(DAYS.values())[seed % len(DAYS)], min(24, max(12, len(seeds(24))))
    play = calm_play(tmp_path, seed, since)
    play.play(hours * HOUR)
    assert [told.alert.summary for told in play.told] == [] and play.incidents == {}
    judged = [report for report in play.history if isinstance(report, FeatureReport)]
    assert len(judged) == 7 * (12 * hours - 1)
    assert sum(report.status == "ok" for report in judged) > len(judged) / 3
    assert {report.status for report in judged}.isdisjoint({"firing", "muted"})


def test_a_shop_that_is_closed_at_night_says_so_and_is_not_told(tmp_path: Path) -> None:
    play = calm_play(tmp_path, 1, datetime(2026, 1, 29, 17), closed_at_night, silent_after="6h")
    play.play(14 * HOUR)
    assert [told.alert.summary for told in play.told] == []


def x3(play: QualityPlay) -> None:
    play.feeds["orders"].spoil = tripled


def halved(play: QualityPlay) -> None:
    play.feeds["orders"].a_second /= 2


@pytest.mark.parametrize(
    ("wrong", "said"), [(x3, "mean of amount "), (halved, " events a minute, usually ")], ids=["amounts x3", "half"]
)
def test_what_goes_wrong_in_the_evening_is_told(
    wrong: Callable[[QualityPlay], None], said: str, tmp_path: Path
) -> None:
    """While events decrease; one of two partitions is silent, for example."""
    play = calm_play(tmp_path, 4, datetime(2026, 1, 29, 15), day_and_night)
    play.play(4 * HOUR)
    assert play.told == []
    begun = play.now
    wrong(play)
    waited = play.play(HOUR, lambda: bool(play.told))
    assert waited is not None and waited <= 25 * MINUTE
    assert play.verdict.startswith("orders: ") and said in play.verdict
    assert the_incident(play).onset_ms >= begun - play.length_ms


@pytest.mark.parametrize("seed", fixed_seeds(3))
def test_what_went_wrong_in_the_evening_is_over_when_it_is(seed: int, tmp_path: Path) -> None:
    """Although fewer events arrive at its end than before it."""
    play = calm_play(tmp_path, seed, datetime(2026, 1, 29, 15), day_and_night)
    play.play(4 * HOUR)
    x3(play)
    play.play(40 * MINUTE)
    play.feeds["orders"].spoil = None
    ended = play.play(2 * HOUR, lambda: the_incident(play).state == "resolved")
    assert ended is not None
    assert len({told.alert.incident for told in play.told}) == 1
