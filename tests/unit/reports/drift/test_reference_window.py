"""Tests the reference: which values it includes, and how it slides."""

from reports.drift.reference_window import ReferenceWindow
from tests.support.factories.quality.drift_scores import profile_of


def test_a_reference_slides_and_leaves_the_newest_out() -> None:
    reference = ReferenceWindow("number", length=4)
    for interval in range(10):
        reference.admit(profile_of([float(interval)]))
        expected = list(range(max(0, interval - 4), interval))
        assert reference.profile.cells.lows.tolist() == expected and reference.intervals == len(expected)
        assert reference.ready == (len(expected) >= 3)
    again = ReferenceWindow("number", length=4)
    again.restore(reference.blocks())
    assert again.profile.dump() == reference.profile.dump() and again.intervals == 4
    again.admit(profile_of([10.0]))
    assert again.profile.cells.lows.tolist() == [6, 7, 8, 9]


def test_a_long_reference_takes_bounded_room() -> None:
    reference = ReferenceWindow("number", length=100)
    for interval in range(300):
        reference.admit(profile_of([float(interval)]))
    assert len(reference.blocks()) <= 26
    assert 100 <= reference.intervals < 110 and reference.profile.high == 298.0
