"""Tests the cost of definitions before and after."""

from pathlib import Path

import pytest

from dataflows.definitions import Definitions, load
from governance.changes.costs import CostMeasurement
from governance.changes.planning.cost import Cost, CostChange, cost_words
from tests.support.factories.definition_files import FEATURE, Folder, with_line

pytestmark = pytest.mark.long

NOW_MS = 1_800_000_000_000


def measured(before: Definitions, after: Definitions, retained: int | None = None) -> CostChange:
    measurement = CostMeasurement(before, after, 4, NOW_MS)
    for feed in measurement.batches():
        feed()
    return measurement.result(retained)


def test_a_feature_more_takes_more_state_and_a_longer_row(tmp_path: Path) -> None:
    small = load(Folder(tmp_path / "small")(users__a=FEATURE))
    more = with_line(with_line(FEATURE, "feature_name: orders_7d"), "aggregation: count")
    large = load(Folder(tmp_path / "large")(users__a=FEATURE, users__b=with_line(more, "value_type: INT64")))
    change = measured(small, large, 2_000_000)
    assert change.before is not None
    assert change.after is not None
    assert change.after.state_bytes["user_id"] > change.before.state_bytes["user_id"]
    assert change.after.row_bytes["user_id"] > change.before.row_bytes["user_id"] + len("orders_7d")
    assert change.replay_s == change.after.event_us * 2


def test_the_same_definitions_weigh_the_same(tmp_path: Path) -> None:
    definitions = load(Folder(tmp_path)(users__a=FEATURE))
    change = measured(definitions, definitions)
    assert change.before is not None
    assert change.after is not None
    assert change.before.state_bytes == change.after.state_bytes
    assert change.before.row_bytes == change.after.row_bytes
    assert change.replay_s is None


def test_the_first_definitions_have_nothing_to_be_compared_with(tmp_path: Path) -> None:
    change = measured(Definitions({}, ()), load(Folder(tmp_path)(users__a=FEATURE)))
    assert change.before is None
    assert all("instead" not in line and "before" not in line for line in cost_words(change))
    assert list(cost_words(measured(load(tmp_path), Definitions({}, ())))) == []


def test_small_differences_of_time_are_noise() -> None:
    sizes = {"user_id": 100}
    old, new = (Cost(event_us=us, state_bytes=sizes, row_bytes=sizes) for us in (10.0, 10.9))
    change = CostChange(before=old, after=new, events=1_000, retained=3_000_000)
    assert list(cost_words(change)) == [
        "an event takes 10.9 us of a processor, about as before (10 us), measured on 1,000 generated events",
        "an entity of user_id takes 100 bytes of state as before, and 100 bytes of a row in Redis as before",
        "a replay of 3,000,000 events takes about 33 s in one process",
    ]
