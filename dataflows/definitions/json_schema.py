"""JSON Schema of the definitions, so that editors complete and check them. `python -m` this module writes it."""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from dataflows.aggregations import AGGREGATIONS, Option
from dataflows.definitions.model.feature import WrittenFeature
from dataflows.definitions.model.source import WrittenSource

DRAFT = "https://json-schema.org/draft/2020-12/schema"
FILE = Path("feature_specs/schema.json")


def schema() -> dict[str, Any]:
    """The schema of one file: a source, or a feature with the options of all aggregations."""
    both: TypeAdapter[Any] = TypeAdapter(WrittenSource | WrittenFeature)
    made = both.json_schema()
    feature = made["$defs"][WrittenFeature.__name__]
    feature["additionalProperties"] = False
    feature["properties"]["aggregation"] = _aggregation(feature["properties"]["aggregation"])
    for name, users in _options().items():
        option = {"description": f"Option of {', '.join(users)}.", **_bounds(name)}
        feature["properties"][name] = option
    return {"$schema": DRAFT, "title": "Headrace definition", **made}


def text() -> str:
    """The schema as it stands in the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _bounds(option: str) -> dict[str, Any]:
    """Type and bounds of an option."""
    found: Option = next(one.options[option] for one in AGGREGATIONS.values() if option in one.options)
    bounds = {"type": "integer" if found.whole else "number", "minimum": found.low, "maximum": found.high}
    return bounds if found.default is None else {**bounds, "default": found.default}


def _options() -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for aggregation, one in AGGREGATIONS.items():
        for option in one.options:
            names.setdefault(option, []).append(aggregation)
    return names


def _aggregation(described: dict[str, Any]) -> dict[str, Any]:
    return {"enum": [*AGGREGATIONS, None], "description": described["description"], "default": None}


if __name__ == "__main__":
    (Path(sys.argv[1]) if len(sys.argv) > 1 else FILE).write_text(text(), encoding="utf-8")
