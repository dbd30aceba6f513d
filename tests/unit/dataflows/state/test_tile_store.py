"""Tests room in a shard: content survives growing arrays, and there is always enough."""

from pathlib import Path

import numpy as np
import pytest

from dataflows.compiler.program import TileLayout, layout_of
from dataflows.kernels import offsets
from dataflows.kernels.arrays import Bytes, Ints, Slots, State
from dataflows.kernels.strings.hash_index import intern, slot_of
from dataflows.state.allocation import MaxGrowth, empty_state, room_per_event, slots_for, with_room, with_text_room
from dataflows.state.tile_store import TileStore
from tests.support.factories.definitions import DAY, HOUR
from tests.support.factories.kernel_batches import by_id, layout, put, strings, word_batch
from tests.support.generators.random_definitions import definitions
from tests.support.generators.seeds import rng_of, seeds

FEATURES: dict[str, dict[str, object]] = {
    "count": {"aggregation": "count", "value_type": "INT64"},
    "largest": {"aggregation": "max", "value_type": "INT64", "window": "3d", "hop": "6h"},
    "newest": {"aggregation": "last_k", "value_type": "ARRAY<INT64>", "k": 3},
    "distinct": {"aggregation": "distinct_count", "value_type": "INT64"},
    "about": {"aggregation": "approx_distinct", "value_type": "INT64", "window": "3d", "hop": "6h"},
    "median": {"aggregation": "quantile", "value_type": "DOUBLE", "quantile": 0.5},
}


@pytest.fixture
def made(tmp_path: Path) -> TileLayout:
    return layout(tmp_path, "quantity", **FEATURES)


def used(state: State) -> dict[str, list[object]]:
    """Returns the content of the arrays, without spare room and without the indexes."""
    meta = state.meta
    return {
        "entities": state.entities[: meta[offsets.ROWS]].tolist(),
        "ids": state.ids[: meta[offsets.BYTES]].tolist(),
        "heap": state.heap[: meta[offsets.HEAP]].tolist(),
        "texts": state.texts[: meta[offsets.TEXTS]].tolist(),
        "text_bytes": state.text_bytes[: meta[offsets.TEXT_BYTES]].tolist(),
        "meta": meta.tolist(),
    }


def step(tiles: TileStore, rng: np.random.Generator, number: int, rows: int) -> Ints:
    """Steps a batch of known and new entities whose events touch many tiles."""
    ids = [f"user_{integer}" for integer in rng.integers(0, 20 + 20 * number, rows)]
    times = number * 2 * HOUR + rng.integers(0, 6 * HOUR, rows)
    batch = word_batch(tiles.layout, ids, times, rng.integers(-50, 50, rows))
    return put(tiles, batch, number * 2 * HOUR)


def sized(layout_: TileLayout, scale: int) -> TileStore:
    """Returns a shard with room for everything."""
    state = empty_state(layout_.any_program)
    room = room_per_event(layout_.any_program)
    return TileStore(layout_, with_room(state, room, scale, 20 * scale))


@pytest.mark.parametrize("seed", seeds(3))
def test_a_shard_that_grows_answers_as_one_that_never_had_to(made: TileLayout, seed: int) -> None:
    growing, ample, sizes = TileStore(made), sized(made, 20_000), set[int]()
    heap = ample.state.heap
    rng, other = rng_of(seed), rng_of(seed)
    for number in range(30):
        rows = int(rng.integers(1, 200))
        assert rows == int(other.integers(1, 200))
        assert step(growing, rng, number, rows).tolist() == step(ample, other, number, rows).tolist()
        assert used(growing.state) == used(ample.state)
        sizes.add(len(growing.state.heap))
    assert len(sizes) > 3
    assert ample.state.heap is heap


@pytest.mark.parametrize("seed", seeds(3))
def test_growing_keeps_what_is_there(made: TileLayout, seed: int) -> None:
    rng, tiles = rng_of(seed), TileStore(made)
    for number in range(5):
        step(tiles, rng, number, 150)
    before = by_id(tiles, tiles.refill())
    old = tiles.state
    was = used(old)
    state = with_room(old, room_per_event(made.any_program), 10 * len(old.entities), 100_000)
    assert all(len(new) > len(was_) for new, was_ in zip(arrays_of(state), arrays_of(old), strict=True))
    assert used(state) == was == used(old)
    known = np.flatnonzero(state.entities[: state.meta[offsets.ROWS], offsets.LENGTH] != offsets.NONE)
    assert [entity_at(state, row) for row in known.tolist()] == known.tolist()
    assert occupied(state.slots) == occupied(old.slots) == list(range(len(known)))
    assert occupied(state.cells) == occupied(old.cells)
    after = by_id(TileStore(made, state), TileStore(made, state).refill())
    assert {name: row.tolist() for name, row in after.items()} == {name: row.tolist() for name, row in before.items()}


def arrays_of(state: State) -> list[Ints | Bytes | Slots]:
    return [state.entities, state.ids, state.heap, state.slots, state.cells]


def entity_at(state: State, row: int) -> int:
    """Returns the index's answer for the id of an entity."""
    start, length = state.entities[row, [offsets.START, offsets.LENGTH]].tolist()
    hash_ = int(state.entities[row, offsets.HASH])
    return int(state.slots[slot_of(state.slots, state.entities, state.ids, hash_, state.ids, start, length)])


def occupied(slots: Slots) -> list[int]:
    return sorted(slots[slots != offsets.NONE].tolist())


def test_what_has_room_is_left_alone(made: TileLayout) -> None:
    room = room_per_event(made.any_program)
    state = with_room(empty_state(made.any_program), room, 100, 1_000)
    assert with_room(state, room, 100, 1_000) is state
    assert with_room(state, room, 0, 0) is state
    for rows, id_bytes in ((1_000, 0), (0, 10_000)):
        assert with_room(state, room, rows, id_bytes) is not state


@pytest.mark.parametrize("seed", seeds(4))
def test_one_event_never_adds_more_than_its_room(tmp_path: Path, seed: int) -> None:
    """The worst case is a new entity in every table, with a cell in every chain."""
    rng = rng_of(seed)
    features = definitions(rng, tmp_path, per_entity=12).of_entity("item_id")
    made = layout_of(features, {feature.feature_name: 0 for feature in features})
    room, tiles = room_per_event(made.any_program), TileStore(made)
    for number in range(40):
        meta = tiles.state.meta.copy()
        batch = word_batch(made, [f"item_{number}"], np.array([number * DAY]), np.array([number]))
        tiles.state = with_text_room(tiles.state, 1, 5)
        for column in range(batch.values.shape[1]):
            tiles.intern(batch, column, strings([f"text {number} {column}"]), np.ones(1, np.uint8), range(1))
        batch.values[:, [not value.interned for value in made.feeds["orders"].values]] = number
        put(tiles, batch)
        assert tiles.state.meta[offsets.HEAP] - meta[offsets.HEAP] <= room.words
        assert tiles.state.meta[offsets.CELLS] - meta[offsets.CELLS] <= room.cells
        assert tiles.state.meta[offsets.HEAP] <= len(tiles.state.heap)
    assert tiles.state.meta[offsets.HEAP] == 40 * room.words, "every event needed all of it"


def test_the_room_of_an_event(made: TileLayout) -> None:
    """Two tiles: count, last_k, the set and the sketch in one; max, its count and the registers in the other."""
    hourly, slower = offsets.WORDS + 1 + 7 + 2 + 1, offsets.WORDS + 2 + 1
    assert room_per_event(made.any_program) == MaxGrowth(3, hourly + slower + 3 * offsets.CELL)


@pytest.mark.parametrize("seed", seeds(3))
def test_texts_keep_their_numbers_while_their_arrays_grow(made: TileLayout, seed: int) -> None:
    rng, state, numbers = rng_of(seed), empty_state(made.any_program), dict[str, int]()
    for _ in range(12):
        texts = [f"é{integer}" for integer in rng.integers(0, 2_000, 150)]
        column, codes = strings(texts), np.zeros((150, 1), np.int64)
        state = with_text_room(state, 150, len(column.data))
        known = state.texts, state.text_slots, state.text_bytes, state.meta
        intern(*known, column.offsets, column.data, np.ones(150, np.uint8), codes, 0, 0, 150)
        assert codes[:, 0].tolist() == [numbers.setdefault(text, len(numbers)) for text in texts]
        assert len(numbers) <= 0.6 * len(state.text_slots)
    assert len(numbers) > 900


@pytest.mark.parametrize("count", [0, 1, 4, 5, 9, 10, 19, 20, 38, 39, 1_000, 78_643, 78_644])
def test_an_index_is_a_power_of_two_and_never_crowded(count: int) -> None:
    slots = slots_for(count)
    assert len(slots) & (len(slots) - 1) == 0
    assert 0.6 * len(slots) >= count
    assert len(slots) <= max(8, 4 * count)
    assert (slots == offsets.NONE).all()
