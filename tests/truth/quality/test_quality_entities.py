"""Tests that reports count entities, not batches: equal for every batch size, partitioning and number of workers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from bytewax.errors import BytewaxRuntimeError

from connectors.messages import RawBatch
from dataflows.definitions.loader import Definitions
from tests.support.dataflow.in_memory_ports import raw_batch
from tests.support.dataflow.outputs import Left
from tests.support.dataflow.quality.closed_reports import of_features
from tests.support.dataflow.quality.judged_runs import judged_run
from tests.support.dataflow.runs import Crash
from tests.support.factories.definitions import HOUR, MINUTE, by_hand
from tests.support.generators.random_streams import START
from tests.support.generators.seeds import fixed_seeds, fresh_seed, rng_of, some
from tests.support.oracle.event_facts import Event

pytestmark = pytest.mark.long

SPREAD = 12
"""Shards of which each of two workers has some; of three, one worker has all."""
HOURLY = {"source": "orders", "window": "2h", "hop": "10m"}
SPECS: dict[str, dict[str, object]] = {
    "spend": {
        **HOURLY, "value": "amount", "aggregation": "sum", "value_type": "DOUBLE",
        "validation_rules": [{"rule": "range", "max": 150, "on_violation": "quarantine"}],
        "baseline_profile": {"mean": 100, "std_dev": 30, "p95": 160},
    },
    "orders": {**HOURLY, "aggregation": "count", "value_type": "INT64"},
    "country": {
        **HOURLY, "value": "country", "aggregation": "last", "value_type": "STRING",
        "validation_rules": [{"rule": "allowed_values", "values": ["DE", "FR"]}, {"rule": "not_null"}],
    },
    "per_odd_order": {"expression": "spend / (orders % 2)", "value_type": "DOUBLE"},
    "amounts": {**HOURLY, "value": "amount / quantity", "aggregation": "last_k", "k": 3, "value_type": "ARRAY<DOUBLE>"},
}  # fmt: skip


def events(rng: np.random.Generator, rows: int) -> list[Event]:
    """Returns four hours of a shop with a few hot users; a tenth of the events come up to ten minutes late.

    The last millisecond is left out: the row of an event then belongs to the next interval.
    """
    late = np.where(rng.random(rows) < 0.1, rng.integers(0, 10 * MINUTE, rows), 0)
    times = START + np.maximum(np.sort(rng.integers(0, 4 * HOUR - 1, rows)) - late, 0)
    users, countries = np.minimum(rng.zipf(1.3, rows), 400), rng.choice(["DE", "FR", "XX", ""], rows)
    return [
        {
            "event_type": "order", "user_id": f"u{user}", "item_id": "i", "amount": float(rng.lognormal(3, 1)),
            "quantity": int(rng.integers(4)), "country": country or None, "timestamp": int(time),
        }
        for user, country, time in zip(users.tolist(), countries.tolist(), times.tolist(), strict=True)
    ]  # fmt: skip


def dealt(made: Sequence[Event], size: int, partitions: int) -> dict[str, list[list[RawBatch]]]:
    """Returns events in batches of a size, those of a user in one partition."""
    parts = [[one for one in made if int(str(one["user_id"])[1:]) % partitions == part] for part in range(partitions)]
    return {
        "orders": [
            [raw_batch(str(part), mine[at : at + size]) for at in range(0, len(mine), size)]
            for part, mine in enumerate(parts)
        ]
    }


def plain(left: Left) -> dict[str, Any]:
    """Returns all closed reports as plain values."""
    return {f"{name} {start}": msgspec.to_builtins(report) for (name, start), report in of_features(left).items()}


def assert_same(found: object, expected: object, where: str) -> None:
    """Checks equality except for the rounding of sums."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        assert found.keys() == expected.keys(), where
        for key in expected:
            assert_same(found[key], expected[key], f"{where} {key}")
    elif isinstance(expected, list | tuple) and isinstance(found, list | tuple):
        assert len(found) == len(expected), where
        for place, (ours, theirs) in enumerate(zip(found, expected, strict=True)):
            assert_same(ours, theirs, f"{where} {place}")
    else:
        assert found == (pytest.approx(expected, rel=1e-9) if isinstance(expected, float) else expected), where


@pytest.fixture
def shop(tmp_path: Path) -> Definitions:
    return by_hand(tmp_path / "specs", **SPECS)


def test_reports_are_the_same_however_events_are_cut(shop: Definitions) -> None:
    made = events(rng_of(fresh_seed()), 500)
    expected = plain(judged_run(shop, dealt(made, 100, 1)))
    assert len(expected) >= 4 * len(shop.features)
    for size, workers, partitions in some(((100, 2, 2), (1, 2, 2), (20_000, 1, 2), (1, 1, 1), (20_000, 2, 1))):
        found = plain(judged_run(shop, dealt(made, size, partitions), workers=workers, shards=SPREAD))
        assert_same(found, expected, f"{size=} {workers=} {partitions=}:")


@pytest.mark.parametrize("seed", fixed_seeds(1))
def test_reports_are_the_same_also_of_a_sample(shop: Definitions, seed: int) -> None:
    """With more entities than are held a sample by hash is profiled; entities, nulls and violations are exact."""
    made = events(rng_of(seed), 1_500)
    whole = plain(judged_run(shop, dealt(made, 100, 1)))
    expected = plain(judged_run(shop, dealt(made, 100, 1), entities=40))
    for size, partitions in some([(20_000, 2), (7, 2)]):
        assert_same(plain(judged_run(shop, dealt(made, size, partitions), entities=40)), expected, f"{size=}:")
    for key, report in expected.items():
        summary, exact = report["summary"], whole[key]["summary"]
        assert 8 <= summary["sampled"] <= 40 < summary["entities"] == exact["entities"]
        assert (summary["rows"], summary["nulls"]) == (exact["rows"], exact["nulls"])
        assert report["rules"] == whole[key]["rules"]


@pytest.mark.parametrize("workers", some([1, 2]))
def test_a_killed_run_goes_on_with_the_entities_it_held(shop: Definitions, workers: int, tmp_path: Path) -> None:
    made = events(rng_of(fresh_seed()), 1_500)
    for entities in (10_000, 40) if workers == 1 else (10_000,):
        expected = plain(judged_run(shop, dealt(made, 50, 2), entities=entities))
        left, store = Left(shop), tmp_path / f"recovery-{entities}"
        with pytest.raises(BytewaxRuntimeError, match="next_batch"):
            judged_run(
                shop, dealt(made, 50, 2), left=left, crash=Crash(17), recovery=store, workers=workers,
                entities=entities, shards=SPREAD,
            )  # fmt: skip
        judged_run(
            shop, dealt(made, 50, 2), left=left, recovery=store, workers=workers, entities=entities, shards=SPREAD
        )
        assert_same(plain(left), expected, f"{entities=}:")


@pytest.mark.parametrize("workers", some([(1, 2), (2, 1)]))
def test_with_another_number_of_workers_only_the_running_interval_may_count_twice(
    shop: Definitions, workers: tuple[int, int], tmp_path: Path
) -> None:
    made = events(rng_of(fresh_seed()), 1_500)
    expected, left = plain(judged_run(shop, dealt(made, 50, 1))), Left(shop)
    with pytest.raises(BytewaxRuntimeError, match="next_batch"):
        judged_run(
            shop, dealt(made, 50, 1), left=left, crash=Crash(17), recovery=tmp_path / "store", workers=workers[0]
        )
    judged_run(shop, dealt(made, 50, 1), left=left, recovery=tmp_path / "store", workers=workers[1])
    running = max(int(str(one["timestamp"])) for one in made[: 17 * 50]) // HOUR * HOUR
    for key, report in plain(left).items():
        start, rows = int(key.split()[-1]), expected[key]["summary"]["rows"]
        if start > running:
            assert report["summary"]["rows"] == rows, key
        assert rows <= report["summary"]["rows"] <= 2 * rows, key
