"""Tests the largest and smallest numbers: every aggregation as every type equals the plain fold, or null if none
fits."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from bytewax.errors import BytewaxRuntimeError
from prometheus_client import REGISTRY

from dataflows.definitions.loader import Definitions
from dataflows.windows.clocks import WallClock
from serving.features.values import typed
from tests.support.dataflow.in_memory_ports import Partitions, raw_batch
from tests.support.dataflow.outputs import Left
from tests.support.dataflow.runs import Crash, CrashError, lived, replayed
from tests.support.dataflow.shards.incremental_snapshots import keep_in_increments
from tests.support.dataflow.shards.shard import Row, Shard
from tests.support.generators.extreme_streams import extreme
from tests.support.generators.seeds import seeds, some
from tests.support.oracle.brute_force import Oracle
from tests.support.oracle.event_facts import gather
from tests.support.oracle.scenarios import complaints, partitions, wrong

pytestmark = pytest.mark.long

NULLS = "headrace_value_nulls_total"
COUNTED = {
    "sum_int_int64_ever": "overflow",
    "last_int_int32_recent": "overflow",
    "last_k_int_array_of_int32_ever": "overflow",
    "max_real_float_ever": "overflow",
    "sum_real_double_recent": "not_finite",
}
"""Features that are null for only one reason."""


@pytest.mark.parametrize("seed", seeds(4))
def test_the_rows_of_a_live_shard_are_the_plain_fold(tmp_path: Path, seed: int) -> None:
    """After each batch, and again when half of the events have left the windows."""
    made, now = extreme(seed, tmp_path, rows=150, mean_rows=6), [0]
    shard = Shard(made.definitions, "user_id", lambda marks: WallClock(lambda: now[0], marks))
    oracle = Oracle(made.definitions, {})
    for batch in made.batches:
        oracle.take(gather(made.definitions, batch))
        assert_folded(oracle, shard.take("orders", [event for _, event in batch]).rows)
    now[0] = made.newest + 150_000
    assert_folded(oracle, shard.notify().rows)


def assert_folded(oracle: Oracle, rows: Iterable[Row]) -> None:
    """Checks the newest row of each entity against brute force over the events taken."""
    last = {row.entity: row for row in rows}
    expected = oracle.values_at("user_id", [(row.entity, row.as_of) for row in last.values()])
    for row, values in zip(last.values(), expected, strict=True):
        assert wrong(oracle.definitions.features, values, row.values) == [], (row.entity, row.as_of)


@pytest.mark.parametrize("seed", some([4, 5]))
@pytest.mark.parametrize("run", [lived, replayed])
def test_a_run_leaves_the_plain_fold(tmp_path: Path, run: Callable[[Definitions, Partitions], Left], seed: int) -> None:
    """On the feature topic, and the same in the online store."""
    made = extreme(seed, tmp_path, rows=300, mean_rows=30)
    left = run(made.definitions, partitions(made, 1))
    assert complaints(made, left, made.newest) == []
    assert stored(left) == {row.entity: row.values for row in left.newest().values()}
    assert all(text not in ("inf", "-inf", "NaN") for fields in left.hashes().values() for text in fields.values())


def test_a_run_counts_what_it_left_null(tmp_path: Path) -> None:
    """As many as there are rows with such a value on the feature topic."""
    made, before = extreme(8, tmp_path, rows=100, mean_rows=10), counted()
    left = replayed(made.definitions, partitions(made, 1))
    nulls = Counter(name for row in left.records for name in COUNTED if row.values[name] is None)
    assert min(nulls[name] for name in COUNTED) > 0
    assert counted() - before == nulls


def counted() -> Counter[str]:
    """Returns this process' metrics of the features."""
    labels = {name: {"feature": name, "why": why} for name, why in COUNTED.items()}
    return Counter({name: int(REGISTRY.get_sample_value(NULLS, labelled) or 0) for name, labelled in labels.items()})


def stored(left: Left) -> dict[str, dict[str, object]]:
    """Returns the values of each entity in the online store."""
    types = {feature.feature_name: feature.value_type for feature in left.definitions.features}
    return {
        key.rsplit(":", 1)[-1]: {name: typed(fields.get(name), value_type) for name, value_type in types.items()}
        for key, fields in left.hashes().items()
    }


@pytest.fixture(params=["whole", "in increments"])
def snapshot_mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Sets how shards are saved."""
    if request.param == "in increments":
        keep_in_increments(monkeypatch)
    yield


@pytest.mark.parametrize("seed", some([6, 7]))
def test_a_crash_changes_nothing(tmp_path: Path, seed: int, snapshot_mode: None) -> None:
    """At any batch: the resumed run leaves the plain fold."""
    made = extreme(seed, tmp_path, rows=200, mean_rows=15)
    batches = [raw_batch("0", [event for _, event in batch]) for batch in made.batches]
    for crash_at in some(made.rng.choice(len(batches) - 1, 3, replace=False).tolist()):
        left, recovery = Left(made.definitions), tmp_path / f"recovery-{crash_at}"
        with pytest.raises(BytewaxRuntimeError) as raised:
            replayed(made.definitions, {"orders": [batches]}, crash=Crash(crash_at), recovery=recovery, left=left)
        assert isinstance(raised.value.__cause__, CrashError)
        replayed(made.definitions, {"orders": [batches]}, recovery=recovery, left=left)
        assert complaints(made, left, made.newest) == []
