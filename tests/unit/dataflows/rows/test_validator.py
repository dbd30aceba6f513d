"""Tests validation rules over rows against plain Python, value by value, on random frames."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest

from dataflows.definitions.loader import Definitions, Feature, load
from dataflows.definitions.model.value_types import polars_type
from dataflows.rows.assembler import FeatureRows
from dataflows.rows.dead_letters import of_quarantined
from dataflows.rows.validator import SHOWN, RowValidator, ValidatedRows
from tests.support.factories.definitions import ORDER_COLUMNS, ORDERS, PLAIN, by_hand, write
from tests.support.generators.seeds import seeds

NOW = 1_767_225_600_000
BASE = {"source": "orders", "window": "10s", "hop": "1s", "aggregation": "last"}
VALUES = {"INT64": "quantity", "DOUBLE": "amount", "STRING": "category", "BOOL": "gift", "TIMESTAMP": "paid_at"}
Rule = Mapping[str, Any]

RULES: list[tuple[str, Rule]] = [
    ("INT64", {"rule": "not_null"}),
    ("INT64", {"rule": "range", "min": -3, "max": 4}),
    ("INT64", {"rule": "range", "max": 2.5}),
    ("INT64", {"rule": "allowed_values", "values": [1, 2, -5]}),
    ("INT64", {"rule": "max_age", "duration": "1m"}),
    ("INT64", {"rule": "monotonic", "direction": "increasing"}),
    ("DOUBLE", {"rule": "range", "min": -0.5}),
    ("DOUBLE", {"rule": "range", "min": -0.5, "max": 1}),
    ("DOUBLE", {"rule": "allowed_values", "values": [0, 0.5]}),
    ("DOUBLE", {"rule": "monotonic", "direction": "decreasing"}),
    ("DOUBLE", {"rule": "max_age", "seconds": 30}),
    ("STRING", {"rule": "not_null"}),
    ("STRING", {"rule": "allowed_values", "values": ["a", "ü"]}),
    ("STRING", {"rule": "regex", "pattern": "a|b+"}),
    ("STRING", {"rule": "regex", "pattern": "[a-ü]*"}),
    ("STRING", {"rule": "length", "min": 1, "max": 2}),
    ("BOOL", {"rule": "allowed_values", "values": [True]}),
    ("TIMESTAMP", {"rule": "monotonic", "direction": "increasing"}),
    ("ARRAY<DOUBLE>", {"rule": "length", "min": 1, "max": 2}),
    ("ARRAY<DOUBLE>", {"rule": "not_null"}),
    ("INT64", {"rule": "unique_ratio", "min": 0.5}),
]
DRAWN: dict[str, list[object]] = {
    "INT64": [None, -5, -3, 0, 1, 2, 3, 4, 5],
    "DOUBLE": [None, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, float("nan"), float("inf"), -float("inf")],
    "STRING": [None, "", "a", "ab", "bbb", "ü", "a\n", "abc", "b"],
    "BOOL": [None, True, False],
    "TIMESTAMP": [None, *(datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3))],
    "ARRAY<DOUBLE>": [None, [], [1.0], [1.0, 2.0], [1.0, 2.0, 3.0]],
}


def _outside(rule: Rule, size: float) -> bool:
    return not rule.get("min", -float("inf")) <= size <= rule.get("max", float("inf"))


ORACLE: dict[str, Callable[[Rule, Any, int, Any], bool]] = {
    "not_null": lambda rule, value, age, before: False,
    "range": lambda rule, value, age, before: _outside(rule, value),
    "allowed_values": lambda rule, value, age, before: value not in rule["values"],
    "regex": lambda rule, value, age, before: re.fullmatch(rule["pattern"], value) is None,
    "length": lambda rule, value, age, before: _outside(rule, len(value)),
    "max_age": lambda rule, value, age, before: age > (30_000 if "seconds" in rule else 60_000),
    "monotonic": lambda rule, value, age, before: (
        before is not None and (value < before if rule["direction"] == "increasing" else value > before)
    ),
    "unique_ratio": lambda rule, value, age, before: False,
}


class Plain:
    """One rule, applied row by row."""

    def __init__(self, rule: Rule) -> None:
        self._rule, self._before = rule, dict[str, Any]()

    def broken(self, frame: pl.DataFrame, name: str) -> list[int]:
        return [index for index, row in enumerate(frame.iter_rows(named=True)) if self._breaks(row, row[name])]

    def _breaks(self, row: Mapping[str, Any], value: Any) -> bool:
        if row["_gone"]:
            self._before.pop(row["_id"], None)
            return False
        if value is None:
            return bool(self._rule["rule"] == "not_null")
        before = self._before.get(row["_id"])
        self._before[row["_id"]] = value
        return ORACLE[self._rule["rule"]](self._rule, value, NOW - row["_as_of"], before)


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Definitions:
    """Returns every rule as a separate feature."""
    folder = tmp_path_factory.mktemp("specs")
    columns = {**ORDER_COLUMNS, "paid_at": "TIMESTAMP"}
    for number, (value_type, rule) in enumerate(RULES):
        feature = {
            **PLAIN,
            **BASE,
            "feature_name": f"f{number:02d}",
            "value_type": value_type,
            "validation_rules": [rule],
        }
        listed = {"value": "amount", "aggregation": "last_k", "k": 3}
        write(
            folder / f"f{number:02d}.yaml",
            feature | (listed if "ARRAY" in value_type else {"value": VALUES[value_type]}),
        )
    write(folder / "sources" / "orders.yaml", {**ORDERS, "columns": columns})
    return load(folder)


def column_of(rng: np.random.Generator, value_type: str, rows: int) -> pl.Series:
    values = DRAWN[value_type]
    drawn = [values[int(place)] for place in rng.integers(len(values), size=rows)]
    return pl.Series(drawn, dtype=polars_type(value_type))


def frame_of(rng: np.random.Generator, features: tuple[Feature, ...], rows: int) -> pl.DataFrame:
    """Returns random rows of a few entities, some of them gone."""
    columns = {feature.feature_name: column_of(rng, feature.value_type, rows) for feature in features}
    keys = {
        "_id": [f"u{number}" for number in rng.integers(5, size=rows)],
        "_as_of": (NOW - rng.integers(100_000, size=rows)).tolist(),
        "_seq": list(range(rows)),
        "_gone": (rng.random(rows) < 0.1).tolist(),
    }
    named = {
        "_warming": pl.Series([None] * rows, dtype=pl.String),
        "_quarantined": pl.Series([None] * rows, dtype=pl.String),
    }
    return pl.DataFrame(keys | named | columns)


def of_rows(frame: pl.DataFrame) -> FeatureRows:
    return FeatureRows(frame, NOW, ("000",))


@pytest.mark.parametrize("seed", seeds(8))
def test_every_rule_is_what_plain_python_says(seed: int, ruled: Definitions) -> None:
    print(f"{seed=}")
    rng = np.random.default_rng(seed)
    features = ruled.of_entity("user_id")
    checks, plain = RowValidator(features, lambda: NOW), [Plain(rule) for _, rule in RULES]
    for _ in range(5):
        frame = frame_of(rng, features, int(rng.integers(1, 80)))
        checked = checks(of_rows(frame))
        assert checked.rows.frame is frame  # nothing is quarantined: no copy
        for feature, oracle in zip(features, plain, strict=True):
            name = feature.feature_name
            expected = oracle.broken(frame, name)
            assert (name in checked.broken) == bool(expected), feature.validation_rules
            assert [indices.tolist() for indices in checked.broken.get(name, ())] == [expected] * bool(expected)
            shown = [(sample.entity, sample.at_ms) for sample in checked.samples.get(name, ())]
            assert shown == frame.select("_id", "_as_of")[expected[:SHOWN]].rows()


def quarantining(folder: Path) -> Definitions:
    """Returns an amount that is quarantined beyond 10, its reader, and that reader's reader; and one that reads
    neither."""
    rules = [{"rule": "range", "min": 0, "max": 10, "on_violation": "quarantine"}, {"rule": "range", "max": 5}]
    amount = {**BASE, "value": "amount", "value_type": "DOUBLE", "validation_rules": rules}
    return by_hand(
        folder,
        a_amount=amount,
        b_twice={"value_type": "DOUBLE", "expression": "a_amount * 2"},
        c_thrice={"value_type": "DOUBLE", "expression": "b_twice + a_amount"},
        d_count={**BASE, "aggregation": "count", "value_type": "INT64"},
    )


def quarantined(folder: Path) -> ValidatedRows:
    amounts, gone = [3.0, 7.0, 11.0, None, 12.0], [False, False, False, False, True]
    frame = pl.DataFrame(
        {
            "_id": ["u1", "u2", "u3", "u4", "u5"],
            "_as_of": [1, 2, 3, 4, 5],
            "_seq": [1] * 5,
            "_gone": gone,
            "_warming": pl.Series([None] * 5, dtype=pl.String),
            "_quarantined": pl.Series([None] * 5, dtype=pl.String),
            "a_amount": amounts,
            "b_twice": [amount and amount * 2 for amount in amounts],
            "c_thrice": [amount and amount * 3 for amount in amounts],
            "d_count": [1, 2, 3, 4, 5],
        }
    )
    return RowValidator(quarantining(folder).of_entity("user_id"), lambda: NOW)(of_rows(frame))


def test_what_is_quarantined_is_named_and_gone_with_what_reads_it(tmp_path: Path) -> None:
    frame = quarantined(tmp_path).rows.frame
    assert frame["a_amount"].to_list() == [3.0, 7.0, None, None, 12.0]
    assert frame["b_twice"].to_list() == [6.0, 14.0, None, None, 24.0]
    assert frame["c_thrice"].to_list() == [9.0, 21.0, None, None, 36.0]
    assert frame["d_count"].to_list() == [1, 2, 3, 4, 5]
    assert frame["_quarantined"].to_list() == [None, None, "a_amount,b_twice,c_thrice", None, None]


def test_both_rules_of_a_feature_count_by_themselves(tmp_path: Path) -> None:
    checked = quarantined(tmp_path)
    assert [indices.tolist() for indices in checked.broken["a_amount"]] == [[2], [1, 2]]
    assert list(checked.broken) == ["a_amount"]


def test_what_is_quarantined_is_a_dead_letter(tmp_path: Path) -> None:
    (letter,) = of_quarantined(quarantined(tmp_path)).payloads
    assert msgspec.json.decode(letter) == {
        "source": "orders",
        "reason": "quarantined",
        "detail": "a_amount violates range 0 to 10",
        "feature": "a_amount",
        "rule": "range 0 to 10",
        "entity_id": "user_id",
        "entity": "u3",
        "value": "11.0",
        "as_of": 3,
    }


def test_history_is_checked_at_its_own_time(ruled: Definitions) -> None:
    """Rows of last year are not too old because of today's date, nor because others are newer."""
    features = ruled.of_entity("user_id")
    (name,) = [f.feature_name for f, (_, rule) in zip(features, RULES, strict=True) if rule.get("duration") == "1m"]
    frame = frame_of(np.random.default_rng(0), features, 4).with_columns(
        pl.Series("_as_of", [0, 30_000, 61_000, 60_999]), pl.lit(False).alias("_gone"), pl.lit(1, pl.Int64).alias(name)
    )
    assert name not in RowValidator(features, None)(of_rows(frame)).broken
    assert RowValidator(features, lambda: 61_000)(of_rows(frame)).broken[name][0].tolist() == [0]
