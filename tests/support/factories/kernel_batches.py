"""Batches made of words, for tests that feed a shard without events or expressions."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from dataflows.compiler.program import TileLayout, layout_of
from dataflows.kernels import offsets
from dataflows.kernels.arrays import Batch, Ints
from dataflows.kernels.strings.arrow_strings import hash_strings, take_strings
from dataflows.kernels.strings.string_array import Strings, strings_of
from dataflows.state.tile_store import TileStore
from tests.support.factories.definitions import by_hand


def strings(texts: Sequence[str]) -> Strings:
    """Returns texts as writable arrays, as the router produces them."""
    column = strings_of(pl.Series(texts, dtype=pl.String))
    return Strings(*take_strings(column.offsets, column.data, np.arange(len(texts))))


def layout(folder: Path, value: str, **features: Mapping[str, object]) -> TileLayout:
    """Returns the layout of features over one value of orders, of the last day in tiles of an hour."""
    shared = {"source": "orders", "value": value, "window": "1d", "hop": "1h"}
    made = by_hand(folder, **{name: {**shared, **feature} for name, feature in features.items()})
    return layout_of(made.features, dict.fromkeys(features, 0))


def word_batch(layout: TileLayout, ids: Sequence[str], times: Ints, values: Ints) -> Batch:
    """Returns one event for each row that every selection admits; `values` are (rows,) words, the same for every value
    column."""
    names, feed = strings(ids), layout.feeds["orders"]
    hashes = np.empty(len(ids), np.int64)
    hash_strings(names.offsets, names.data, hashes)
    columns = np.repeat(values[:, None], len(feed.values), axis=1)
    lanes = np.ones((len(ids), len(feed.selections)), np.uint8)
    return Batch(hashes, names.offsets, names.data, times, columns, lanes)


def put(tiles: TileStore, batch: Batch, clock: int = 0) -> Ints:
    """Returns the rows of a whole batch, none of it late."""
    return tiles.step("orders", batch, range(len(batch.times)), 0, clock).rows


def folded(layout: TileLayout, rows: Ints, name: str, word: int = 0) -> Ints:
    """Returns a folded word of a feature in emitted rows."""
    return rows[:, offsets.OUT_WORDS + layout.first_word[name] + word]


def rows_of(made: TileLayout, times: Ints, words: Ints) -> Ints:
    """Returns all rows of one batch for a single entity."""
    return put(TileStore(made), word_batch(made, ["u"] * len(times), times, words))


def by_id(tiles: TileStore, rows: Ints) -> dict[str, Ints]:
    """Returns the newest row of each entity."""
    ids = tiles.state.ids
    return {ids[row[0] : row[0] + row[1]].tobytes().decode(): row for row in rows}
