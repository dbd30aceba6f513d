"""Checks values in a file against a column or value type, and converts them."""

from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from dataflows.definitions.model.cases import parse_moment
from dataflows.definitions.model.value_types import element_type
from dataflows.definitions.reading.yaml_document import QUOTE_IT

SAYS = {
    "STRING": "text",
    "INT32": "a whole number of 32 bits",
    "INT64": "a whole number of 64 bits",
    "FLOAT": "a number",
    "DOUBLE": "a number",
    "BOOL": "true or false",
    "TIMESTAMP": "a time such as 2026-01-31T12:00:00Z",
}


def fits(value: object, value_type: str) -> bool:
    """Returns whether a value of a file belongs to a column or value type.

    >>> fits(False, "STRING"), fits([1, 2], "ARRAY<INT32>"), fits("2026-01-01", "TIMESTAMP")
    (False, True, True)
    """
    element = element_type(value_type)
    if element is not None:
        return isinstance(value, list) and all(fits(entry, element) for entry in value)
    match value_type:
        case "STRING":
            return isinstance(value, str)
        case "BOOL":
            return isinstance(value, bool)
        case "TIMESTAMP":
            return parse_moment(value) is not None
        case "INT32" | "INT64":
            limit = 2 ** (31 if value_type == "INT32" else 63)
            return isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_finite(value: object) -> bool:
    """Returns whether a value contains neither infinity nor NaN."""
    if isinstance(value, list):
        return all(map(is_finite, value))
    return not isinstance(value, float) or isfinite(value)


def quote_hint(value: object, value_type: str) -> str | None:
    """Hints at quotes for a value that YAML reads as a number or boolean where text is expected."""
    return QUOTE_IT if value_type == "STRING" and isinstance(value, bool | int | float) else None


def meaning(value: Any, value_type: str) -> Any:
    """Converts a value of a file: times to datetimes, all others unchanged."""
    if isinstance(value, list):
        return [meaning(entry, element_type(value_type) or value_type) for entry in value]
    moment = parse_moment(value) if value_type == "TIMESTAMP" else None
    return value if moment is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment)
