"""A shop that has been judged for half an hour, from which plays go on."""

import pytest

from tests.support.dataflow.quality.played_shop import shop
from tests.support.dataflow.quality.quality_play import QualityPlay
from tests.support.factories.definitions import MINUTE


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> QualityPlay:
    """A shop that has been judged for 35 minutes, nothing being wrong."""
    play = QualityPlay(shop(tmp_path_factory.mktemp("specs")), seed=11)
    play.play(35 * MINUTE)
    assert play.told == [] and play.verdict == "All 7 features are as expected"
    return play


@pytest.fixture
def play(rehearsal: QualityPlay) -> QualityPlay:
    """The shop, going on from there."""
    return rehearsal.rehearsed()
