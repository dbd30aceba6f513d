"""Events that a definition is sensitive to: its own literals, small numbers, and times at the edges of its tiles."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from sqlglot import exp

from dataflows.definitions import Feature, column_names
from dataflows.definitions.sql.parser import parsed
from governance.cases import moment
from governance.laws.engine import FeatureEngine

START_MS = 1_767_225_600_000
"""2026-01-01: a boundary of every hop of whole hours."""
_DAY_MS = 86_400_000
_TEXTS = ("a", "b", "")
_WHOLE = (0, 1, -1, 2, 7)
_REAL = (0.0, 1.0, -1.0, 0.25, 1000.5)
_TILES = 60


def times_of(engine: FeatureEngine) -> st.SearchStrategy[int]:
    """Times (ms) over some windows, mostly beside the edge of a tile."""
    folded = [feature for feature in engine.needed if feature.expression is None]
    window = max(feature.window_ms for feature in folded) or _DAY_MS
    hop = min((feature.hop_ms for feature in folded if feature.hop_ms), default=_DAY_MS)
    first = -(-START_MS // hop) * hop
    last = max(2 * window // hop, _TILES)
    edges = st.builds(
        lambda tile, beside: first + tile * hop + beside, st.integers(0, last), st.sampled_from([0, 1, -1])
    )
    return st.one_of(edges, st.integers(first, first + 2 * window))


def columns_of(engine: FeatureEngine, source: str) -> st.SearchStrategy[dict[str, Any]]:
    """Values of the columns that the feature reads of a source, and of those that every event must have."""
    definition = engine.sources[source]
    own = [feature for feature in engine.needed if feature.source == source]
    literals = _literals(own)
    key, time = definition.entities[engine.feature.entity_id], definition.event_time.column
    read = {name for feature in own for text in _texts(feature) for name in column_names(text)}
    given = {*read, *definition.required} - {key, time}
    values = {name: _values(definition.columns[name], literals) for name in definition.columns if name in given}
    required = {name: values[name] for name in values if name in definition.required}
    optional = {name: st.one_of(values[name], values[name], st.none()) for name in values.keys() - required.keys()}
    entity = st.just(int(engine.entity) if definition.columns[key] in ("INT32", "INT64") else engine.entity)
    return st.fixed_dictionaries({key: entity, **required, **dict(sorted(optional.items()))}).map(_without_nulls)


def _without_nulls(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if value is not None}


def _values(column_type: str, literals: Mapping[type, list[Any]]) -> st.SearchStrategy[Any]:
    whole = [number for literal in literals[int] for number in (literal, literal + 1, literal - 1)]
    match column_type:
        case "STRING":
            return st.sampled_from([*literals[str], *_TEXTS])
        case "BOOL":
            return st.booleans()
        case "TIMESTAMP":
            return st.integers(0, 400).map(lambda hours: moment(START_MS + hours * 3_600_000))
        case "INT32" | "INT64":
            return st.one_of(st.sampled_from([*_WHOLE, *whole]), st.integers(-1_000, 1_000))
    reals = [*_REAL, *map(float, whole), *literals[float]]
    return st.one_of(st.sampled_from(reals), st.integers(-4_000, 4_000).map(lambda quarters: quarters / 4))


def _literals(features: list[Feature]) -> Mapping[type, list[Any]]:
    """What filters and values compare with."""
    found: dict[type, dict[Any, None]] = {str: {}, int: {}, float: {}}
    for text in (text for feature in features for text in _texts(feature)):
        for literal in parsed(text).find_all(exp.Literal):
            value = _meaning(literal)
            found[type(value)][value] = None
    return {kind: list(values) for kind, values in found.items()}


def _meaning(literal: exp.Literal) -> str | int | float:
    if literal.is_string:
        return str(literal.this).replace("%", "")
    return int(literal.this) if str(literal.this).isdigit() else float(literal.this)


def _texts(feature: Feature) -> list[str]:
    return [text for text in (feature.filter, feature.value) if text]
