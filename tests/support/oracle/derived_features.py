"""Derived features: expressions over the values of a row, evaluated by DuckDB for many rows at once."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from dataflows.definitions.loader import Feature
from tests.support.oracle.aggregations import RELATIVE, Expected
from tests.support.oracle.declared_types import Value, as_type
from tests.support.oracle.event_facts import ARROW, query, scalar

Row = dict[str, Expected]
"""A value for each feature name."""


def derive(features: Sequence[Feature], rows: Sequence[Row]) -> list[Row]:
    """Returns the rows with every derived feature added, in order of dependency."""
    done = [dict(row) for row in rows]
    for feature in _in_order(features):
        inputs = [f for f in features if f.feature_name in _names(feature)]
        for row, value in zip(done, _evaluate(feature, inputs, done), strict=True):
            row[feature.feature_name] = value
    return done


def _names(feature: Feature) -> set[str]:
    return set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*(?:@[0-9]+)?", feature.expression or ""))


def _in_order(features: Sequence[Feature]) -> Iterator[Feature]:
    waiting = {f.feature_name: f for f in features if f.expression is not None}
    while waiting:
        ready = [f for f in waiting.values() if not _names(f) & (waiting.keys() - {f.feature_name})]
        if not ready:
            raise ValueError(f"derived features need each other: {sorted(waiting)}")
        yield from (waiting.pop(f.feature_name) for f in ready)


def _evaluate(feature: Feature, inputs: Sequence[Feature], rows: Sequence[Row]) -> list[Expected]:
    """Evaluates the inputs as they are; takes the slack from moving the inputs by theirs, one at a time."""
    if not rows:
        return []
    points = [point for row in rows for point in _points(inputs, row)]
    columns = {f.feature_name: pa.array([p[f.feature_name] for p in points], _arrow(f)) for f in inputs}
    table = pa.table({"_": pa.nulls(len(points)), **columns})
    results = query(table, [f"({_in_duckdb(str(feature.expression))})"])
    answers = iter([as_type(scalar(value), feature.value_type) for (value,) in results])
    per_row = len(points) // len(rows)
    return [_expected([next(answers) for _ in range(per_row)]) for _ in rows]


def _in_duckdb(expression: str) -> str:
    """Quotes versioned names such as `spend@2` in the expression."""
    return re.sub(r'"?([a-z][a-z0-9_]*@[0-9]+)"?', r'"\1"', expression)


def _points(inputs: Sequence[Feature], row: Row) -> Iterator[Mapping[str, Value]]:
    exact = {f.feature_name: row[f.feature_name].value for f in inputs}
    yield exact
    for name, value in exact.items():
        for sign in (-1, 1):
            yield {**exact, name: _moved(value, sign * row[name].slack)}


def _moved(value: Value, by: float) -> Value:
    return value + by + math.copysign(RELATIVE * abs(value), by) if isinstance(value, float) else value


def _expected(answers: Sequence[Value]) -> Expected:
    exact = answers[0]
    if not isinstance(exact, float):
        return Expected(exact)
    away = [abs(a - exact) if isinstance(a, float) else 0.0 for a in answers[1:]]
    return Expected(exact, sum(map(max, away[::2], away[1::2])))


def _arrow(feature: Feature) -> pa.DataType:
    value_type = str(feature.value_type)
    if value_type.startswith("ARRAY<"):
        return pa.list_(_element(value_type.removeprefix("ARRAY<").removesuffix(">")))
    return _element(value_type)


def _element(value_type: str) -> pa.DataType:
    return pa.float64() if value_type == "FLOAT" else ARROW[value_type]
