"""Whole days in which nothing is wrong, on a clock that stands where it is put: nobody is told anything.

Few events come at night, and fewer on a weekend: what features count follows them for hours, in the evening and in the
morning. What goes wrong meanwhile is told all the same.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from reports.records import FeatureReport
from tests.support.dataflow.calm_days import calm_play, closed_at_night, day_and_night
from tests.support.dataflow.quality_play import QualityPlay
from tests.support.dataflow.spoiled_events import tripled
from tests.support.factories.definitions import HOUR, MINUTE
from tests.support.generators.seeds import seeds

DAYS = {
    "a weekday becomes a weekend": datetime(2026, 1, 30, 12),
    "a month ends": datetime(2026, 1, 31, 12),
    "a weekend becomes a weekday": datetime(2026, 2, 1, 12),
}


@pytest.mark.parametrize("seed", seeds(1))
def test_a_calm_day_tells_nobody_anything(seed: int, tmp_path: Path) -> None:
    """Each seed has a day of its own, half of it on a part of the seeds."""
    since, hours = list(DAYS.values())[seed % len(DAYS)], min(24, max(12, len(seeds(24))))
    play = calm_play(tmp_path, seed, since)
    play.play(hours * HOUR)
    assert [told.alert.summary for told in play.told] == [] and play.incidents == {}
    judged = [report for report in play.history if isinstance(report, FeatureReport)]
    assert len(judged) == 7 * (12 * hours - 1)
    assert sum(report.status == "ok" for report in judged) > len(judged) / 3
    assert "firing" not in {report.status for report in judged}


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
    """While ever fewer events come; one of two partitions is silent, for example."""
    play = calm_play(tmp_path, 4, datetime(2026, 1, 29, 15), day_and_night)
    play.play(4 * HOUR)
    assert play.told == []
    wrong(play)
    waited = play.play(HOUR, lambda: bool(play.told))
    assert waited is not None and waited <= 25 * MINUTE
    assert play.verdict.startswith("orders") and said in play.verdict and len(play.incidents) == 1
