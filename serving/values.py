"""The plain text that Redis holds, as values of their declared types, and back as words for people."""

import json
from datetime import UTC, datetime

Value = None | bool | int | float | str | list["Value"]


def typed(text: str | None, value_type: str) -> Value:
    """The value of a field; an absent field is None.

    >>> typed("7.5", "DOUBLE"), typed("12", "INT64"), typed("true", "BOOL"), typed(None, "FLOAT")
    (7.5, 12, True, None)
    >>> typed('["a","b"]', "ARRAY<STRING>")
    ['a', 'b']
    """
    if text is None:
        return None
    if value_type.startswith("ARRAY<"):
        values: list[Value] = json.loads(text)
        return values
    if value_type in {"FLOAT", "DOUBLE"}:
        return float(text)
    if value_type in {"INT32", "INT64"}:
        return int(text)
    return text == "true" if value_type == "BOOL" else text


def shown(value: Value, value_type: str) -> str:
    """A value for people: a dash for none, lists in a row.

    >>> shown(None, "INT64"), shown(2.50, "FLOAT"), shown([0], "ARRAY<TIMESTAMP>")
    ('-', '2.5', '1970-01-01T00:00:00.000Z')
    """
    if value is None:
        return "-"
    if isinstance(value, list):
        return ", ".join(shown(each, value_type[6:-1]) for each in value) or "(empty)"
    if value_type == "TIMESTAMP" and isinstance(value, int):
        return instant(value)
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def instant(ms: int) -> str:
    """A time (ms since 1970) in ISO 8601, UTC."""
    moment = datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")
