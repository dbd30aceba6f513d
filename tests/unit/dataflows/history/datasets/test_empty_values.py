"""Tests the values of a row without an id: those of an entity without events."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dataflows.definitions import load
from dataflows.history.datasets import training_set
from dataflows.history.datasets.table.empty_values import empty_values
from tests.support.factories.datasets import NOON
from tests.support.factories.definitions import by_hand

COUNT = {"aggregation": "count", "source": "orders", "value_type": "INT64", "window": "1d"}
AT_LEAST_ONE = {"rule": "range", "min": 1, "on_violation": "quarantine"}
FEATURES: dict[str, dict[str, Any]] = {
    "orders": COUNT,
    "orders_withheld": {**COUNT, "validation_rules": [AT_LEAST_ONE]},
    "orders_doubled": {"expression": "orders * 2", "value_type": "INT64"},
    "orders_or_nine": {"expression": "coalesce(orders_mean, 9)", "value_type": "DOUBLE"},
    "orders_mean": {**COUNT, "aggregation": "mean", "value": "amount", "value_type": "DOUBLE"},
    "orders_last": {**COUNT, "aggregation": "last_k", "k": 2, "value": "country", "value_type": "ARRAY<STRING>"},
    "orders_distinct": {**COUNT, "aggregation": "distinct_count", "value": "country"},
    "orders_at": {**COUNT, "aggregation": "time_since_last", "value_type": "DOUBLE"},
}
EXPECTED: dict[str, object] = {
    "orders": 0,
    "orders_withheld": 0,
    "orders_doubled": 0,
    "orders_or_nine": 9.0,
    "orders_mean": None,
    "orders_last": [],
    "orders_distinct": 0,
    "orders_at": None,
}


def test_rules_do_not_hold_for_an_entity_that_is_not_there(tmp_path: Path) -> None:
    definitions = by_hand(tmp_path, **FEATURES)
    (values,) = empty_values(definitions.of_entity("user_id")).to_dicts()
    assert values == EXPECTED


def test_an_unknown_id_and_none_have_the_same_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_hand(tmp_path / "specs", **FEATURES)
    monkeypatch.setenv("HEADRACE_SPECS", str(tmp_path / "specs"))
    monkeypatch.setenv("HEADRACE_VAR", str(tmp_path / "var"))
    spine = pl.DataFrame({"user_id": ["nobody", None], "time": [NOON, NOON]})
    unknown, none = training_set(spine, entity="user_id", time="time").drop("user_id", "time").to_dicts()
    assert unknown == none == EXPECTED


def test_all_shipped_features_have_an_empty_value() -> None:
    definitions = load(Path("feature_specs"))
    for entity_id in definitions.entity_ids:
        assert len(empty_values(definitions.of_entity(entity_id))) == 1
