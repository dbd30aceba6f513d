"""Tests the reference: which values it includes, and how it slides."""

import msgspec
import pytest

from reports.drift.reference_window import ReferenceBlock, ReferenceWindow
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


def course_of(left_out: int, later: int, length: int = 12) -> float:
    """Returns the pace after a reference in which intervals before the newest two were left out."""
    reference = ReferenceWindow("number", length)
    for interval in range(length):
        reference.admit(profile_of([float(interval)]))
    reference.admit(profile_of([99.0]), skipped=left_out)
    reference.admit(profile_of([99.0]))
    reference.restore(msgspec.convert(msgspec.to_builtins(reference.blocks()), tuple[ReferenceBlock, ...]))
    return reference.course(later, min_rows=1).pace


def test_a_course_continues_over_intervals_that_were_left_out() -> None:
    """Two of the three newest intervals lie before the gap, and so does the older half."""
    for left_out, later in ((0, 1), (0, 9), (8, 1), (8, 9), (30, 2)):
        older, newer = 9.5 + left_out, (1 + 5 * (4.0 + left_out)) / 6
        lately = (1 + (2 + left_out) + (3 + left_out)) / 3
        assert course_of(left_out, later) == pytest.approx((later + lately) / (older - newer))


def test_a_reference_of_an_earlier_version_left_nothing_out() -> None:
    assert msgspec.msgpack.decode(msgspec.msgpack.encode((3, b"")), type=ReferenceBlock) == ReferenceBlock(3, b"", 0)
