"""Tests that events of entities nobody asks about are not spilled, and that no answer changes for it."""

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from dataflows.history.spill.asked_ids import MOST_IDS, AskedIds, asked_ids
from dataflows.kernels.strings.arrow_strings import hash_strings
from dataflows.kernels.strings.string_array import strings_of
from tests.support.dataflow.history_runs import answered
from tests.support.generators.random_streams import stamp
from tests.support.generators.seeds import rng_of, seeds
from tests.support.oracle.scenarios import partitions, world


def hashes(ids: pl.Series) -> np.ndarray:
    strings, found = strings_of(ids), np.empty(len(ids), np.int64)
    hash_strings(strings.offsets, strings.data, found)
    return found


@pytest.mark.parametrize("seed", range(10))
def test_every_id_asked_is_known_and_few_others(seed: int) -> None:
    rng = rng_of(seed)
    ids = pl.Series([f"é{number}" for number in range(int(rng.integers(1, 5_000)))])
    asked = asked_ids([ids.sample(2_000, with_replacement=True, seed=seed), ids])
    assert asked is not None
    assert asked(hashes(ids)).all()
    assert asked(hashes(pl.Series([f"other{number}" for number in range(20_000)]))).mean() < 0.1


def test_nobody_asked_is_nobody() -> None:
    assert not AskedIds([])(hashes(pl.Series(["u1", ""]))).any()


def test_too_many_ids_leave_nobody_out() -> None:
    ids = pl.Series(np.arange(MOST_IDS // 2)).cast(pl.String)
    assert asked_ids([ids, ids.head(10)]) is not None
    assert asked_ids([ids, ids, ids.head(10)]) is None


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
