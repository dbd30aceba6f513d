"""Provides a shop that was evaluated for half an hour, from which plays continue."""

import pytest

from tests.support.dataflow.quality.played_shop import shop
from tests.support.dataflow.quality.quality_play import QualityPlay
from tests.support.factories.definitions import MINUTE


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> QualityPlay:
    """Returns a shop that was evaluated for 35 minutes without any fault."""
    play = QualityPlay(shop(tmp_path_factory.mktemp("specs")), seed=11)
    play.play(35 * MINUTE)
    assert play.told == [] and play.verdict == "All 7 features are as expected"
    return play


@pytest.fixture
def play(rehearsal: QualityPlay) -> QualityPlay:
    """Returns a copy of the shop, which continues from there."""
    return rehearsal.rehearsed()
