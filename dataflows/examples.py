"""Folds a few values by one aggregation, for the examples in docstrings and documentation."""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from dataflows.definition_tests import value_at
from dataflows.definitions import Case, Definitions, load

_START_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
_TYPES = {bool: "BOOL", int: "INT64", float: "DOUBLE", str: "STRING"}
_FEATURE = {
    "feature_name": "example",
    "version": 1,
    "owner": "owner@example.com",
    "description": "An example",
    "entity_id": "user_id",
    "topic_name": "persistent://public/default/feature-example",
    "source": "events",
    "value": "value",
    "window": "1h",
}


def folded(aggregation: str, values: Sequence[object], value_type: str = "DOUBLE", **options: float) -> object:
    """Folds values of one entity, one event per second, through the real decoder and kernels.

    Returns the value of the feature one second after the last event. Raises DefinitionErrors.

    >>> folded("sum", [1, 2, 4], "INT64")
    7
    """
    definitions = _definitions(aggregation, values, value_type, options)
    events = [{"user_id": "u1", "value": value, "at": _START_MS + 1_000 * i} for i, value in enumerate(values)]
    case = Case(
        name="example",
        events=tuple(("events", event) for event in events),
        at=_START_MS + 1_000 * len(events),
        expect={},
    )
    return value_at(definitions.features[0], case, definitions)["u1"]


def _definitions(aggregation: str, values: Sequence[object], value_type: str, options: dict[str, float]) -> Definitions:
    column = _TYPES[type(next(value for value in values if value is not None))]
    feature = {**_FEATURE, "value_type": value_type, "aggregation": aggregation, **options}
    with TemporaryDirectory() as folder:
        sources = Path(folder, "sources")
        sources.mkdir()
        Path(sources, "events.yaml").write_text(json.dumps(_source(column)), encoding="utf-8")
        Path(folder, "example.yaml").write_text(json.dumps(feature), encoding="utf-8")
        return load(Path(folder))


def _source(column: str) -> dict[str, object]:
    return {
        "source": "events",
        "topic": "persistent://public/default/raw-events",
        "columns": {"user_id": "STRING", "value": column, "at": "INT64"},
        "event_time": {"column": "at", "unit": "ms"},
        "entities": ["user_id"],
    }
