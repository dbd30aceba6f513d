"""Generates events that a definition is sensitive to, from its own literals and small numbers; most of them count."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlglot import exp

from dataflows.definitions import Feature, column_names
from dataflows.definitions.sql.parser import parsed
from governance.authoring.cases import moment
from governance.checking.laws.engine import FeatureEngine

START_MS = 1_767_225_600_000
"""2026-01-01: a boundary of every hop of whole hours."""
TRIED = 1_000
_COUNTED, _OTHERS, _FAILING = 40, 10, 10
_TEXTS = ("a", "b", "", "1")
_WHOLE = (0, 1, -1, 2, 7)
_REAL = (0.0, 1.0, -1.0, 0.25, 1000.5)
_ABSENT = 0.15
_HOUR_MS = 3_600_000

Columns = dict[str, Any]


def event_pool(engine: FeatureEngine, source: str, chance: random.Random) -> tuple[list[Columns], bool]:
    """Returns columns of a source's events, the simplest first, and whether any of them counts, or fails to compute."""
    made = [_columns(engine, source, chance) for _ in range(TRIED)]
    projected = engine.projected(source, [engine.at(source, columns, START_MS) for columns in made])
    counted = np.flatnonzero(np.any(projected.selections, axis=1)).tolist()
    failing = [row for failure in projected.nulled for row in failure.rows.tolist()]
    others = [row for row in range(TRIED) if row not in {*counted, *failing}]
    wrong = _simplest(made, failing, _FAILING)
    wrong *= _FAILING // max(1, len(wrong))
    chosen = [*_simplest(made, counted, _COUNTED), *wrong, *_simplest(made, others, _OTHERS)]
    return chosen, bool(counted or failing)


def _simplest(made: Sequence[Columns], rows: Sequence[int], most: int) -> list[Columns]:
    """Returns the simplest for one half, and the others in order."""
    different = list({repr(made[row]): made[row] for row in rows}.values())
    by_size = sorted(different, key=_size)
    return [
        *by_size[: most // 2],
        *(candidate for candidate in different[: most // 2] if candidate not in by_size[: most // 2]),
    ]


def _size(columns: Columns) -> tuple[int, float, str]:
    numbers = [abs(value) for value in columns.values() if isinstance(value, int | float)]
    return len(columns), sum(numbers), repr(columns)


def _columns(engine: FeatureEngine, source: str, chance: random.Random) -> Columns:
    """Generates values of the columns that the feature reads from a source, and of required columns."""
    definition = engine.sources[source]
    own = [feature for feature in engine.needed if feature.source == source]
    literals = _literals(own)
    key, time = definition.entities[engine.feature.entity_id], definition.event_time.column
    read = {name for feature in own for text in _texts(feature) for name in column_names(text)}
    made = {key: int(engine.entity) if definition.columns[key] in ("INT32", "INT64") else engine.entity}
    for name in definition.columns:
        if name in {*read, *definition.required} - {key, time}:
            absent = name not in definition.required and chance.random() < _ABSENT
            made |= {} if absent else {name: _value(definition.columns[name], literals, chance)}
    return made


def _value(column_type: str, literals: Mapping[type, list[Any]], chance: random.Random) -> Any:
    near = [number + beside for number in literals[int] for beside in (0, 1, -1)]
    match column_type:
        case "STRING":
            return chance.choice([*literals[str] * 3, *_TEXTS])
        case "BOOL":
            return chance.random() < 0.5
        case "TIMESTAMP":
            return moment(START_MS + chance.randrange(400) * _HOUR_MS)
        case "INT32" | "INT64":
            return chance.choice([*_WHOLE, *near, chance.randint(-1_000, 1_000)])
    reals = [*_REAL, *map(float, near), *literals[float], chance.randint(-4_000, 4_000) / 4]
    return chance.choice(reals)


def _literals(features: Sequence[Feature]) -> Mapping[type, list[Any]]:
    """Returns the literals that filters and values compare with."""
    literals: dict[type, dict[Any, None]] = {str: {}, int: {}, float: {}}
    for text in (text for feature in features for text in _texts(feature)):
        for literal in parsed(text).find_all(exp.Literal):
            value = _meaning(literal)
            literals[type(value)][value] = None
    return {kind: list(values) for kind, values in literals.items()}


def _meaning(literal: exp.Literal) -> str | int | float:
    if literal.is_string:
        return str(literal.this).replace("%", "")
    return int(literal.this) if str(literal.this).isdigit() else float(literal.this)


def _texts(feature: Feature) -> list[str]:
    return [text for text in (feature.filter, feature.value) if text]
