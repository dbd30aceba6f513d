"""Tests that laws hold for correct definitions and kernels, and find planted faults as small tests that can be
pasted."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dataflows import definition_tests
from dataflows.definitions import Definitions, load
from dataflows.history.folding import shard_answers
from dataflows.ingest import ShardBatch
from dataflows.windows import LateRows
from dataflows.windows.operator import ShardLogic
from governance.authoring.editing import file_of
from governance.checking.laws import LAWS, BrokenLaw, counterexample, engine
from governance.checking.laws.search import check_laws
from tests.support.factories.definitions import PLAIN, by_hand, write
from tests.support.generators.seeds import fixed_seeds, fresh_seed, seeds, some
from tests.support.paths import ROOT

pytestmark = pytest.mark.long

SPECS = ROOT / "feature_specs"
(SEED,) = fixed_seeds(1)
"""That of searches for planted faults."""
FOLD: dict[str, object] = {"source": "orders", "window": "1h", "value_type": "DOUBLE", "value": "amount"}
COUNT: dict[str, object] = {"source": "orders", "window": "1h", "value_type": "INT64", "aggregation": "count"}
KINDS: dict[str, dict[str, object]] = {
    "count": COUNT,
    "sum": {**FOLD, "aggregation": "sum", "filter": "event_type = 'payment_success' AND quantity > 2"},
    "mean": {**FOLD, "aggregation": "mean"},
    "std": {**FOLD, "aggregation": "std", "value": "amount / 7"},
    "var": {**FOLD, "aggregation": "var", "value": "amount / 7"},
    "min": {**FOLD, "aggregation": "min"},
    "max": {**FOLD, "aggregation": "max", "value": "amount * 0.1"},
    "first": {**FOLD, "aggregation": "first", "window": "lifetime"},
    "last": {**FOLD, "aggregation": "last", "value": "country", "value_type": "STRING"},
    "last_k": {**FOLD, "aggregation": "last_k", "k": 2, "value_type": "ARRAY<DOUBLE>"},
    "distinct_count": {**FOLD, "aggregation": "distinct_count", "value": "country", "value_type": "INT64"},
    "approx_distinct": {**FOLD, "aggregation": "approx_distinct", "value": "item_id", "value_type": "INT64"},
    "quantile": {**FOLD, "aggregation": "quantile", "quantile": 0.5},
    "time_since_last": {"source": "orders", "window": "1d", "value_type": "DOUBLE", "aggregation": "time_since_last"},
    "times": {
        **FOLD, "aggregation": "max", "value": "CAST(timestamp AS TIMESTAMP(3))", "value_type": "TIMESTAMP",
    },
}  # fmt: skip


def broken(
    definitions: Definitions, name: str, *laws: str, examples: int = 40, seed: int | None = None
) -> dict[str, BrokenLaw]:
    """Returns the laws that a feature breaks; a fault is found with a probability, so its search takes a fixed seed."""
    (feature,) = (feature for feature in definitions.features if feature.feature_name == name)
    results = check_laws(feature, definitions, laws or LAWS, fresh_seed() if seed is None else seed, examples)
    return {result.law: result.broken for result in results if result.broken is not None}


@pytest.mark.parametrize("kind", some(list(KINDS)))
def test_every_aggregation_keeps_every_law(kind: str, tmp_path: Path) -> None:
    assert broken(by_hand(tmp_path, f=KINDS[kind]), "f", examples=8) == {}


def test_derived_features_over_two_sources_keep_them_too(tmp_path: Path) -> None:
    write(tmp_path / "sources" / "logins.yaml", {**_logins(), "columns": {"uid": "INT64", "at": "DOUBLE"}})
    logins = {**COUNT, "source": "logins", "window": "1d"}
    ratio = {"expression": "spent / NULLIF(logins_1d, 0)", "value_type": "DOUBLE"}
    write(tmp_path / "user" / "logins.yaml", {"feature_name": "logins_1d", **PLAIN, **logins})
    definitions = by_hand(tmp_path, spent=KINDS["sum"], ratio=ratio)
    assert broken(definitions, "ratio", examples=8) == {}


def _logins() -> dict[str, object]:
    return {
        "source": "logins",
        "topic": "persistent://public/default/raw-logins",
        "event_time": {"column": "at", "unit": "s"},
        "entities": {"user_id": "uid"},
    }


@pytest.mark.parametrize(
    ("features", "law", "said", "most"),
    some(
        [
            ({"f": {**FOLD, "aggregation": "sum", "value": "amount / quantity"}}, "computes", "division_by_zero", 1),
            ({"f": {**FOLD, "aggregation": "max", "value": "SQRT(amount)"}}, "computes", "out_of_range", 1),
            ({"f": {**COUNT, "filter": "CAST(country AS BIGINT) > 0"}}, "computes", "cast", 1),
            (
                {
                    "n": {**COUNT, "filter": "event_type = 'refund'"},
                    "m": COUNT,
                    "f": {"expression": "m / n", "value_type": "DOUBLE"},
                },
                "computes",
                "division_by_zero",
                1,
            ),
            (
                {"f": {**COUNT, "validation_rules": [{"rule": "monotonic", "direction": "increasing"}]}},
                "rules",
                "monotonic",
                2,
            ),
            (
                {
                    "f": {
                        **FOLD,
                        "window": "lifetime",
                        "aggregation": "sum",
                        "validation_rules": [{"rule": "monotonic", "direction": "increasing"}],
                    }
                },
                "rules",
                "violates monotonic increasing",
                2,
            ),
            ({"f": {**FOLD, "aggregation": "std", "validation_rules": [{"rule": "not_null"}]}}, "rules", "not_null", 1),
        ]
    ),
)
def test_definitions_that_break_a_law_are_found(
    features: dict[str, dict[str, object]], law: str, said: str, most: int, tmp_path: Path
) -> None:
    definitions = by_hand(tmp_path, **features)
    broken_laws = broken(definitions, "f", law, seed=SEED)
    assert set(broken_laws) == {law}
    assert broken(definitions, "f", *(other for other in LAWS if other != law), examples=8) == {}
    assert said in broken_laws[law].detail
    assert len(broken_laws[law].events) <= most
    assert pasted(tmp_path, definitions, law, broken_laws[law]).passed


@pytest.mark.parametrize("name", some(sorted(path.stem for path in SPECS.glob("*_profile/*.yaml"))))
def test_shipped_features_keep_every_law(name: str) -> None:
    assert broken(load(SPECS), name, examples=4) == {}


def test_a_sum_of_what_is_positive_only_rises(tmp_path: Path) -> None:
    rules = [{"rule": "monotonic", "direction": "increasing"}]
    kind = {**FOLD, "window": "lifetime", "aggregation": "sum", "filter": "amount > 0", "validation_rules": rules}
    assert broken(by_hand(tmp_path, f=kind), "f", "rules", examples=len(seeds(40))) == {}


Apply = Callable[[ShardLogic, ShardBatch], list[Any]]
REAL_APPLY = ShardLogic._apply


def only_newer(logic: ShardLogic, item: ShardBatch) -> list[Any]:
    """Skips events older than the newest seen."""
    times = item.cut.batch.times[item.rows.start : item.rows.stop]
    newest = getattr(NEWEST, "time", 0) if logic is getattr(NEWEST, "logic", None) else 0
    NEWEST.logic, NEWEST.time = logic, max(newest, *times.tolist())
    return [] if len(times) and times.min() < newest else REAL_APPLY(logic, item)


def first_of_batch(logic: ShardLogic, item: ShardBatch) -> list[Any]:
    """Folds one event per batch."""
    return REAL_APPLY(logic, ShardBatch(item.cut, range(item.rows.start, min(item.rows.stop, item.rows.start + 1))))


def swallowed(logic: ShardLogic, item: ShardBatch) -> list[Any]:
    """Does not report late events."""
    return [outcome for outcome in REAL_APPLY(logic, item) if not isinstance(outcome, LateRows)]


def once(logic: ShardLogic, item: ShardBatch) -> list[Any]:
    """Folds one event per time."""
    outcomes = list[Any]()
    for row in item.rows:
        if row == item.rows.start or item.cut.batch.times[row] != item.cut.batch.times[row - 1]:
            outcomes += REAL_APPLY(logic, ShardBatch(item.cut, range(row, row + 1)))
    return outcomes


class _Newest:
    logic: object = None
    time: int = 0


NEWEST = _Newest()


@pytest.mark.parametrize(
    ("fault", "law", "most"),
    some([(first_of_batch, "batches", 2), (only_newer, "order", 2), (swallowed, "late", 3), (once, "duplicates", 2)]),
)
def test_faulty_kernels_are_found(
    fault: Apply, law: str, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    definitions = by_hand(tmp_path, f=KINDS["sum"])
    with monkeypatch.context() as patch:
        patch.setattr(ShardLogic, "_apply", fault)
        broken_laws = broken(definitions, "f", law, examples=1_000, seed=SEED)  # the search stops at the first
    assert set(broken_laws) == {law}
    assert len(broken_laws[law].events) <= most
    assert pasted(tmp_path, definitions, law, broken_laws[law]).passed
    assert broken(definitions, "f", law, examples=len(seeds(40))) == {}


def test_a_window_that_keeps_its_tail_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    definitions = by_hand(tmp_path, f=KINDS["max"])
    with monkeypatch.context() as patch:
        real = ShardLogic.rows_at
        patch.setattr(ShardLogic, "on_notify", lambda logic: ([], logic.RETAIN))
        patch.setattr(ShardLogic, "rows_at", lambda logic, time_ms: real(logic, min(time_ms, logic.tiles.next_due)))
        patch.setattr(engine.FeatureEngine, "_passed", _jumped)
        broken_laws = broken(definitions, "f", "expiry", seed=SEED)
    assert len(broken_laws["expiry"].events) == 1
    assert broken_laws["expiry"].expected is None
    assert pasted(tmp_path, definitions, "expiry", broken_laws["expiry"]).passed


def _jumped(self: engine.FeatureEngine, logic: ShardLogic, clock: int, *, through: bool) -> Sequence[Any]:
    """Lets time pass without any boundary."""
    self._now = clock
    return ()


def test_a_replay_that_loses_an_event_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    definitions = by_hand(tmp_path, f=KINDS["count"])

    def lossy(layout: Any, events: Any, *rest: Any) -> Any:
        lanes = events.lanes * (np.arange(len(events.times)) > 0)[:, None].astype(np.uint8)
        return shard_answers.answers_of(layout, replace(events, lanes=lanes), *rest)

    with monkeypatch.context() as patch:
        patch.setattr(engine, "answers_of", lossy)
        broken_laws = broken(definitions, "f", "replay", seed=SEED)
    assert len(broken_laws["replay"].events) == 1
    assert broken_laws["replay"].expected == 1
    assert pasted(tmp_path, definitions, "replay", broken_laws["replay"]).passed


def pasted(folder: Path, definitions: Definitions, law: str, broken_law: BrokenLaw) -> definition_tests.SpecTestResult:
    """Runs the counterexample as a test of the definition, with the real kernels."""
    (feature,) = (feature for feature in definitions.features if feature.feature_name == "f")
    file = file_of(folder / "user" / "f.yaml").with_item(
        "tests", counterexample(feature, law, broken_law, definitions), law
    )
    file.path.write_bytes(file.after)
    (result,) = definition_tests.run(load(folder), ["f"])
    print(file.after.decode(), result.detail)
    return result
