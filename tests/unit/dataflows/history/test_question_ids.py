"""Tests that events that no question can see are not spilled, and that no answer changes."""

from importlib import import_module
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from dataflows.history.spill import shards_of
from dataflows.history.spill.question_ids import QuestionIds, question_ids
from dataflows.kernels.history.question_table import HASH, SPANS, TimeSpans, by_shard, find_asked, room_for
from dataflows.kernels.offsets import NEVER
from dataflows.kernels.strings.arrow_strings import hash_strings
from dataflows.kernels.strings.string_array import strings_of
from tests.support.dataflow.history_runs import SHARDS, answered
from tests.support.generators.random_streams import stamp
from tests.support.generators.seeds import rng_of, seeds
from tests.support.oracle.scenarios import partitions, world


def found_of(asked: QuestionIds, ids: pl.Series, times: np.ndarray, shards: int = SHARDS) -> np.ndarray:
    """Returns the number of each event's entity, -1 if no question sees it; checks the order by shard."""
    strings, found = strings_of(ids), room_for(len(ids), shards)
    known, lanes = np.ones(len(ids), np.bool_), np.ones((len(ids), 1), np.uint8)
    find_asked(asked.table, strings.offsets, strings.data, known, lanes, np.zeros(1, np.int64), times, found)
    entities, order = by_shard(found)
    assert np.array_equal(found.entities[order], entities)
    assert np.array_equal(np.searchsorted(shards_of(ids, shards)[order], np.arange(shards + 1)), found.starts)
    return found.entities


def write_asked(folder: Path, ids: pl.Series, times: np.ndarray) -> list[Path]:
    """Writes the files of questions; a shard without questions gets none."""
    paths, of_rows = [folder / f"{shard}.arrow" for shard in range(SHARDS)], shards_of(ids, SHARDS)
    for shard in np.unique(of_rows).tolist():
        pl.DataFrame({"id": ids, "time": times}).filter(of_rows == shard).write_ipc(paths[shard])
    return paths


@pytest.mark.parametrize("reach", [1, 50_000, 10_000_000, NEVER])
@pytest.mark.parametrize("seed", seeds(5))
def test_what_a_question_sees_is_found_and_little_else(tmp_path: Path, seed: int, reach: int) -> None:
    rng = rng_of(seed)
    names = np.array([f"é{number}" for number in range(int(rng.integers(1, 300)))])
    ids, times = rng.choice(names, 500), rng.integers(1_000_000, 2_000_000, 500)
    asked = question_ids(write_asked(tmp_path, pl.Series(ids), times), reach)
    assert asked is not None
    events = rng.choice(np.append(names, ["other", ""]), 2_000)
    happened = rng.integers(0, 3_000_000, 2_000)
    found, width = found_of(asked, pl.Series(events), happened), 2_000_000 // SPANS + 1
    for entity, time, number in zip(events, happened, found, strict=True):
        ahead = times[ids == entity] - time
        if ((ahead > 0) & (ahead <= reach)).any():
            assert number >= 0
        elif time > 2_000_000 + width or time < 1_000_000 - reach or not len(ahead):
            assert number < 0
    by_name = {(name, number) for name, number in zip(events, found, strict=True) if number >= 0}
    assert len({name for name, _ in by_name}) == len({number for _, number in by_name}) == len(by_name)


def test_an_id_of_the_same_hash_is_another() -> None:
    ids, other, hashes = pl.Series(["a"]), strings_of(pl.Series(["b"])), np.empty(1, np.int64)
    asked = QuestionIds([ids], [np.full((1, SPANS // 64), -1)], TimeSpans(0, 0, 1))
    hash_strings(other.offsets, other.data, hashes)
    assert found_of(asked, ids, np.array([5]), 1).tolist() == [0]
    asked.table.entities[0, HASH] = hashes[0]
    asked.table.slots[:] = 0
    asked.table.slots[(hashes[0] + 1) & (len(asked.table.slots) - 1)] = -1
    assert found_of(asked, pl.Series(["b"]), np.array([5]), 1).tolist() == [-1]


def test_nobody_asked_is_nobody(tmp_path: Path) -> None:
    asked = question_ids([tmp_path / "0.arrow"], 10)
    assert asked is not None
    assert found_of(asked, pl.Series(["u1", ""]), np.array([0, 5])).tolist() == [-1, -1]


@pytest.mark.parametrize("seed", seeds(4))
def test_too_many_ids_leave_nobody_out(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("dataflows.history.spill.question_ids")
    made = world(seed, tmp_path, rows=300, mean_rows=30)
    for entity_id in made.definitions.entity_ids:
        column = made.definitions.sources["orders"].entities.get(entity_id, entity_id)
        ids = sorted({str(event[column]) for _, event in made.arrivals if event.get(column)})
        times = [stamp(event) for _, event in made.arrivals]
        asked = [(one, int(made.rng.choice(times)) + off) for one in ids[:5] for off in (0, 1, 86_400_000)]
        found = []
        for most in (module.MOST_IDS, 0):
            monkeypatch.setattr(module, "MOST_IDS", most)
            folder = tmp_path / f"{entity_id}-{most}"
            found.append(answered(made.definitions, partitions(made, 2), folder, entity_id, asked, together=10**9))
            spilled = {name for path in folder.glob("events/*/*.arrow") for name in _columns(path)}
            assert ("id" in spilled) == (not most)
        for mode in ("true", "known"):
            assert found[0][mode].equals(found[1][mode])


@pytest.mark.long
@pytest.mark.parametrize("seed", seeds(6))
def test_answers_to_few_are_those_among_all(tmp_path: Path, seed: int) -> None:
    made = world(seed, tmp_path, rows=600, mean_rows=30)
    for entity_id in made.definitions.entity_ids:
        column = made.definitions.sources["orders"].entities.get(entity_id, entity_id)
        ids = sorted({str(event[column]) for _, event in made.arrivals if event.get(column)})
        times = [stamp(event) for _, event in made.arrivals]
        asked = [(one, int(made.rng.choice(times)) + off) for one in ids for off in (-1, 0, 1, 86_400_000)]
        few = [point for point in asked if point[0] == ids[0]]
        of_all, of_few = (
            answered(made.definitions, partitions(made, 2), tmp_path / f"{entity_id}-{len(some)}", entity_id, some)
            for some in (asked, few)
        )
        places = [place for place, point in enumerate(asked) if point[0] == ids[0]]
        for mode in ("true", "known"):
            assert of_few[mode].drop("row").equals(of_all[mode][places].drop("row"))
        spilled = [_spilled(tmp_path / f"{entity_id}-{len(some)}" / "events" / entity_id) for some in (asked, few)]
        assert spilled[1] < spilled[0] / 2 or len(ids) < 5


def _spilled(folder: Path) -> int:
    rows = 0
    for path in folder.glob("*.arrow"):
        with pa.memory_map(str(path)) as source:
            rows += pa.ipc.open_file(source).get_batch(0).num_rows
    return rows


def _columns(path: Path) -> list[str]:
    with pa.memory_map(str(path)) as source:
        names: list[str] = pa.ipc.open_file(source).schema.names
    return names


def test_two_asked_ids_of_one_hash_leave_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def same(offsets: np.ndarray, data: np.ndarray, hashes: np.ndarray) -> None:
        hashes[:] = 7

    paths = write_asked(tmp_path, pl.Series(["a", "b"]), np.array([5, 6]))
    assert question_ids(paths, 10) is not None
    monkeypatch.setattr(import_module("dataflows.history.spill.question_ids"), "hash_strings", same)
    assert question_ids(paths, 10) is None
