"""Decodes an event of the orders source with Python's own JSON: an oracle that shares nothing with the decoder."""

import json
from collections.abc import Iterator
from decimal import Decimal
from math import isfinite
from typing import Any, NamedTuple

from tests.support.factories.definitions import ORDERS

FIRST, LAST = 0, 32_503_680_000_000 - 1
INT64 = range(-(2**63), 2**63)
EXACT = 2**53


class NotAnEvent(ValueError):
    """A payload that must become a dead letter."""


def event_of(payload: bytes, latest_ms: int) -> dict[str, Any]:
    """Returns the columns of an event that happened before some time. Raises NotAnEvent."""
    text = payload.removeprefix(b"\xef\xbb\xbf").decode(errors="surrogateescape")
    fields = ORDERS["columns"]
    assert isinstance(fields, dict)
    row: dict[str, Any] = dict.fromkeys(fields)
    for name, value in _members(text):
        if name in fields:
            row[name] = _typed(fields[name], value, name in ("event_type", "timestamp"))
    if row["event_type"] is None or row["timestamp"] is None:
        raise NotAnEvent("a required column is missing")
    row["user_id"], row["item_id"] = row["user_id"] or None, row["item_id"] or None
    if not FIRST <= row["timestamp"] <= min(LAST, latest_ms) or row["user_id"] is row["item_id"] is None:
        raise NotAnEvent("no place in time, or nobody")
    return row


class _Number(NamedTuple):
    """A number in its original spelling."""

    text: str


class _Object(list[tuple[str, Any]]):
    """The members of a JSON object, including repeated ones."""


def _members(text: str) -> _Object:
    try:
        event = json.loads(
            text, object_pairs_hook=_Object, parse_float=_Number, parse_int=_Number, parse_constant=lambda _: None
        )
    except ValueError as error:
        raise NotAnEvent(str(error)) from error
    if not isinstance(event, _Object):
        raise NotAnEvent("no object")
    if any("\ud800" <= letter < "\udc00" for text in _texts(event) for letter in text):
        raise NotAnEvent("half a surrogate pair")  # bytes that are not UTF-8 are others
    return event


def _texts(value: Any) -> Iterator[str]:
    """Yields all texts and names in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple) and not isinstance(value, _Number):
        for item in value:
            yield from _texts(item)


def _typed(kind: str, value: Any, required: bool) -> Any:
    if value is None:
        if required:
            raise NotAnEvent("null in a required column")
        return None
    if kind == "STRING" and isinstance(value, str) and _is_unicode(value):
        return value
    if kind == "BOOL" and isinstance(value, bool):
        return value
    if kind == "DOUBLE" and isinstance(value, _Number) and isfinite(float(value.text)):
        return float(value.text)
    if kind == "INT64" and isinstance(value, _Number) and (whole := _whole(value.text)) is not None:
        return whole
    raise NotAnEvent(f"{value!r} is no {kind}")


def _whole(text: str) -> int | None:
    """Returns an integer; below EXACT, also from a number that a double cannot distinguish from one."""
    number = float(text)
    if not isfinite(number):
        return None
    if abs(number) < EXACT:
        return int(number) if number == int(number) else None
    exact = Decimal(text)
    return int(exact) if exact == int(exact) and int(exact) in INT64 else None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
