"""Converts the values of a training set as in JSON, and compares them with brute force."""

import math
from typing import Any

import polars as pl

from dataflows.definitions import Definitions
from tests.support.oracle.answered_history import AnsweredHistory
from tests.support.oracle.equality import same


def json_values(frame: pl.DataFrame, name: str) -> list[Any]:
    """Returns the values of a column; times are in ms."""
    column = frame.get_column(name)
    if isinstance(column.dtype, pl.Datetime):
        column = column.cast(pl.Int64)
    if isinstance(column.dtype, pl.List) and isinstance(column.dtype.inner, pl.Datetime):
        column = column.cast(pl.List(pl.Int64))
    return column.to_list()


def close(value: Any, other: Any) -> bool:
    """Returns whether two values are equal; numbers with a point within 1e-9."""
    if isinstance(value, list) and isinstance(other, list):
        return len(value) == len(other) and all(map(close, value, other))
    if isinstance(value, float) and isinstance(other, float):
        return value == other or math.isclose(value, other, rel_tol=1e-9)
    return bool(value == other)


def wrong_values(
    history: AnsweredHistory, definitions: Definitions, made: pl.DataFrame, mode: str = "true", lag_ms: int = 0
) -> list[tuple[Any, ...]]:
    """Returns (mode, row, feature, expected, actual) of values that differ from brute force at the row's `time`."""
    wrong = list[tuple[Any, ...]]()
    for entity_id in definitions.entity_ids:
        points = [(entity or "", time) for entity, time in made.select(entity_id, "time").rows()]
        expected = history.at(definitions, entity_id, points, mode, lag_ms)
        for feature in definitions.of_entity(entity_id):
            name = feature.feature_name
            wrong += [
                (mode, row, name, values[name], value)
                for row, (values, value) in enumerate(zip(expected, json_values(made, name), strict=True))
                if not same(values[name], value, feature.value_type)
            ]
    return wrong
