"""Tests the bounds of a replay: times, and positions of embedded and of Pulsar's partitions."""

import pytest

from connectors.messages import Extent
from dataflows.history import InvalidBound, bound_of, narrowed

PULSAR = "persistent://public/default/raw-order-events-partition-"
EXTENTS = {
    "orders": {f"{PULSAR}0": Extent("7:0", "9:12"), f"{PULSAR}1": Extent("8:0", "8:5")},
    "logins": {"0": Extent("100", "300")},
}


@pytest.mark.parametrize("partition", ["1", f"{PULSAR}1"])
def test_a_partition_goes_by_its_number_or_its_name(partition: str) -> None:
    extents = narrowed(EXTENTS, bound_of(f"orders/{partition}@8:2,logins/0@150"), bound_of(f"orders/{partition}@8:4"))
    assert extents["orders"] == {f"{PULSAR}0": Extent("7:0", "9:12"), f"{PULSAR}1": Extent("8:2", "8:4")}
    assert extents["logins"] == {"0": Extent("150", "300")}


@pytest.mark.parametrize(
    ("first", "end", "said"),
    [
        ("orders/2@7:1", None, "orders/2 is not a partition of a source to read; known: orders/0, orders/1"),
        ("clicks/0@7", None, "clicks/0 is not a partition"),
        ("logins/0@abc", None, "logins/0@abc is not a position of its topic; expected one such as 300"),
        ("logins/0@7:1", None, "is not a position of its topic; expected one such as 300"),
        ("orders/0@8", None, "is not a position of its topic; expected one such as 9:12"),
        ("orders/0@-1:2", None, "is not a position of its topic"),
        ("logins/0@99", None, "is no longer or not yet in the topic; expected a position from 100 to 300"),
        (None, "orders/0@10:0", "is no longer or not yet in the topic; expected a position from 7:0 to 9:12"),
        ("logins/0@200", "logins/0@150", "--from logins/0@200 is behind --to logins/0@150"),
    ],
)
def test_a_position_that_is_not_there_is_refused(first: str | None, end: str | None, said: str) -> None:
    with pytest.raises(InvalidBound) as refused:
        narrowed(EXTENTS, bound_of(first) if first else None, bound_of(end) if end else None)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "text",
    ["noon", "-5", "9" * 30, "\N{SUPERSCRIPT TWO}", "1969-12-31", "orders/0@", "a@b@c", "20260131", "1767225600"],
)
def test_what_is_neither_a_time_nor_a_position_is_refused(text: str) -> None:
    with pytest.raises(InvalidBound):
        bound_of(text)


@pytest.mark.parametrize(
    "text", ["2026-01-31", " 2026-01-31T00:00:00z ", "2026-01-31 01:00+01:00", "1769817600000", "2026-W05-6"]
)
def test_a_time_has_many_spellings(text: str) -> None:
    assert bound_of(text).time == 1_769_817_600_000


def test_a_number_of_another_unit_is_told_as_what_it_would_be() -> None:
    with pytest.raises(InvalidBound, match=r"20260131 is 1970-01-01T05:37:40.131Z in ms since 1970"):
        bound_of("20260131")
    assert bound_of("0").time == 0


def test_a_time_is_exact_to_the_millisecond() -> None:
    assert bound_of("2026-01-31T12:00:00.001+02:00").time == 1_769_853_600_001
