"""Tests shards folded together: as many as fit, with the same values for any number."""

from pathlib import Path

import pytest

from dataflows.history.shards.shard_groups import together
from tests.support.dataflow.history_runs import SHARDS, answered, replayed_history
from tests.support.generators.random_streams import stamp
from tests.support.generators.seeds import rng_of, seeds
from tests.support.oracle.scenarios import World, partitions, world


@pytest.mark.parametrize("seed", seeds(20))
def test_groups_are_as_large_as_they_may_be(seed: int) -> None:
    rng = rng_of(seed)
    held, most = rng.integers(0, 10, (int(rng.integers(1, 4)), 64)), int(rng.integers(1, 40))
    groups = together(held, most)
    assert [shard for group in groups for shard in group] == list(range(64))
    fits = [(held[:, group].sum(axis=1) <= most).all() or len(group) == 1 for group in groups]
    assert all(fits)
    for group in groups[:-1]:
        assert (held[:, group.start : group.stop + 1].sum(axis=1) > most).any()


@pytest.mark.long
@pytest.mark.parametrize("most", [150, 10**9])
@pytest.mark.parametrize("seed", seeds(4))
def test_answers_do_not_depend_on_groups(tmp_path: Path, seed: int, most: int) -> None:
    made = world(seed, tmp_path, rows=300, mean_rows=30)
    for entity_id in made.definitions.entity_ids:
        asked = _questions(made, entity_id)
        alone, grouped = (
            answered(made.definitions, partitions(made, 2), tmp_path / f"{entity_id}-{n}", entity_id, asked, together=n)
            for n in (1, most)
        )
        assert grouped["true"].equals(alone["true"])
        assert grouped["known"].equals(alone["known"])
    files = list((tmp_path / f"{entity_id}-{most}" / "answers" / "true" / entity_id).iterdir())
    assert len(files) == 1 if most > len(asked) * 24 else len(files) <= SHARDS


@pytest.mark.parametrize("most", [150, 10**9])
@pytest.mark.parametrize("seed", seeds(4))
def test_rows_do_not_depend_on_groups(tmp_path: Path, seed: int, most: int) -> None:
    made = world(seed, tmp_path, rows=300, mean_rows=30)
    alone, grouped = (
        replayed_history(made.definitions, partitions(made, 2), tmp_path / f"job-{n}", together=n) for n in (1, most)
    )
    assert grouped.newest() == alone.newest()
    assert sorted(grouped.records, key=repr) == sorted(alone.records, key=repr)


def _questions(made: World, entity_id: str) -> list[tuple[str, int]]:
    column = made.definitions.sources["orders"].entities.get(entity_id, entity_id)
    events = [event for _, event in made.arrivals]
    ids = sorted({str(event[column]) for event in events if event.get(column)}) or ["nobody"]
    times = [stamp(event) for event in events]
    return [(str(made.rng.choice(ids)), int(made.rng.choice(times)) + off) for off in (-1, 0, 1) for _ in range(100)]
