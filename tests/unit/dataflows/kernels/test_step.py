"""Tests that a batch that spans intervals leaves the rows that its events would leave one by one."""

from pathlib import Path

import numpy as np
import pytest

from dataflows.compiler.program import TileLayout
from dataflows.kernels import offsets
from dataflows.kernels.arrays import Ints
from dataflows.state.tile_store import WHOLE, RowIntervals, TileStore
from tests.support.factories.definitions import HOUR, MINUTE
from tests.support.factories.kernel_batches import layout, word_batch
from tests.support.generators.seeds import fresh_seed

Last = dict[tuple[str, int], list[int]]


@pytest.fixture
def made(tmp_path: Path) -> TileLayout:
    short = {"value_type": "INT64", "window": "30m", "hop": "5m"}
    return layout(tmp_path, "quantity", total={"aggregation": "sum", **short}, most={"aggregation": "max", **short})


def last_rows(tiles: TileStore, rows: Ints, parts: RowIntervals) -> Last:
    """Returns the last row of each entity and interval that shows an event."""
    ids, last = tiles.state.ids, Last()
    for row in rows[rows[:, offsets.OUT_GONE] & offsets.AFTER_EVENT != 0]:
        entity = ids[row[offsets.OUT_START] : row[offsets.OUT_START] + row[offsets.OUT_LENGTH]].tobytes().decode()
        start = max(int(row[offsets.OUT_AS_OF]), parts.oldest) // parts.length
        last[entity, start] = row[offsets.OUT_AS_OF :].tolist()
    return last


@pytest.mark.parametrize("oldest", [0, 3 * HOUR + 7])
def test_each_interval_has_the_row_after_the_last_event(made: TileLayout, oldest: int) -> None:
    rng = np.random.default_rng(fresh_seed())
    parts, rows = RowIntervals(HOUR, oldest), 3_000
    times = np.sort(rng.integers(0, 6 * HOUR, rows)) - np.where(
        rng.random(rows) < 0.1, rng.integers(0, MINUTE, rows), 0
    )
    ids = [f"u{number}" for number in np.minimum(rng.zipf(1.4, rows), 200)]
    batch = word_batch(made, ids, np.maximum(times, 0), rng.integers(0, 100, rows))
    one_by_one = TileStore(made)
    alone = np.concatenate([one_by_one.step("orders", batch, range(row, row + 1), 0, 0).rows for row in range(rows)])
    expected = last_rows(one_by_one, alone, parts)
    for size in (7, 400, rows):
        tiles = TileStore(made)
        ranges = [range(start, min(start + size, rows)) for start in range(0, rows, size)]
        left = np.concatenate([tiles.step("orders", batch, some, 0, 0, parts).rows for some in ranges])
        assert last_rows(tiles, left, parts) == expected, size
        assert tiles.entities == one_by_one.entities


def test_within_one_interval_an_entity_has_one_row(made: TileLayout) -> None:
    times, ids = np.array([0, HOUR - 2, HOUR - 1, 2 * HOUR]), ["u", "u", "u", "v"]
    batch = word_batch(made, ids, times, np.ones(4, np.int64))
    shown = [
        int((TileStore(made).step("orders", batch, some, 0, 0, parts).rows[:, offsets.OUT_GONE] >= 2).sum())
        for some, parts in (
            (range(2), RowIntervals(HOUR, 0)),
            (range(3), RowIntervals(HOUR, 0)),  # the row of its last event holds in the next interval
            (range(4), RowIntervals(HOUR, 2 * HOUR)),
            (range(4), WHOLE),
        )
    ]
    assert shown == [1, 2, 2, 2]
