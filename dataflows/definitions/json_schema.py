"""Generates the JSON Schema of definitions, so that editors complete and check them. `python -m` this module writes
it."""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from dataflows.aggregations import AGGREGATIONS, Option
from dataflows.definitions.model.feature import FeatureSpec
from dataflows.definitions.model.feature_set import FeatureSetSpec
from dataflows.definitions.model.source import SourceSpec

DRAFT = "https://json-schema.org/draft/2020-12/schema"
FILE = Path("feature_specs/schema.json")


def schema() -> dict[str, Any]:
    """Returns the schema of one file: a source, a feature set, or a feature with the options of all aggregations."""
    kinds: TypeAdapter[Any] = TypeAdapter(SourceSpec | FeatureSetSpec | FeatureSpec)
    document = kinds.json_schema()
    feature = document["$defs"][FeatureSpec.__name__]
    feature["additionalProperties"] = False
    feature["properties"]["aggregation"] = _aggregation(feature["properties"]["aggregation"])
    for name, users in _options().items():
        option = {"description": f"Option of {', '.join(users)}.", **_bounds(name)}
        feature["properties"][name] = option
    return {"$schema": DRAFT, "title": "Headrace definition", **document}


def text() -> str:
    """Returns the schema as written to its file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _bounds(option: str) -> dict[str, Any]:
    """Returns the type and bounds of an option."""
    first: Option = next(user.options[option] for user in AGGREGATIONS.values() if option in user.options)
    bounds = {"type": "integer" if first.whole else "number", "minimum": first.low, "maximum": first.high}
    return bounds if first.default is None else {**bounds, "default": first.default}


def _options() -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for name, aggregation in AGGREGATIONS.items():
        for option in aggregation.options:
            names.setdefault(option, []).append(name)
    return names


def _aggregation(described: dict[str, Any]) -> dict[str, Any]:
    return {"enum": [*AGGREGATIONS, None], "description": described["description"], "default": None}


if __name__ == "__main__":
    (Path(sys.argv[1]) if len(sys.argv) > 1 else FILE).write_text(text(), encoding="utf-8")
