"""Parses the plain text in Redis to values of their declared types."""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

Value = None | bool | int | float | str | list["Value"]

_WHOLE = re.compile(r"-?[0-9]{1,19}")
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,4})?")
_TIME = re.compile(r"[-+]?[0-9]{4,9}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z")
_MOST_OF_A_NUMBER = 400
_BITS = {"INT32": 32, "INT64": 64, "TIMESTAMP": 64}
_NOT_FINITE = frozenset({"nan", "inf", "infinity"})
_TRUTHS = {"true": True, "false": False}


def typed(text: str | None, value_type: str) -> Value:
    """Parses the value of a field; None for an absent field or a number that is not finite.

    Raises ValueError for text that is not of the type.

    >>> typed("7.5", "DOUBLE"), typed("12", "INT64"), typed("true", "BOOL"), typed(None, "FLOAT")
    (7.5, 12, True, None)
    >>> typed('["a","b"]', "ARRAY<STRING>"), typed("inf", "DOUBLE"), typed("[1.5,NaN]", "ARRAY<DOUBLE>")
    (['a', 'b'], None, None)
    """
    if text is None:
        return None
    if value_type.startswith("ARRAY<"):
        return _list(text, value_type.removeprefix("ARRAY<").removesuffix(">"))
    return _READ[value_type](text, value_type)


def _real(text: str, value_type: str) -> Value:
    if text.lower().lstrip("+-") in _NOT_FINITE:
        return None
    if len(text) > _MOST_OF_A_NUMBER or not _NUMBER.fullmatch(text):
        raise ValueError(text)
    number = float(text)
    return number if math.isfinite(number) else None


def _whole(text: str, value_type: str) -> Value:
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return _within(int(text), value_type)


def _truth(text: str, value_type: str) -> Value:
    if text not in _TRUTHS:
        raise ValueError(text)
    return _TRUTHS[text]


def _text(text: str, value_type: str) -> Value:
    text.encode()  # bytes that are not UTF-8 were decoded to surrogates, which fail here
    return text


def _time(text: str, value_type: str) -> Value:
    if not _TIME.fullmatch(text):
        raise ValueError(text)
    return text


_READ: Mapping[str, Callable[[str, str], Value]] = {
    "FLOAT": _real,
    "DOUBLE": _real,
    "INT32": _whole,
    "INT64": _whole,
    "BOOL": _truth,
    "STRING": _text,
    "TIMESTAMP": _time,
}


def _list(text: str, value_type: str) -> list[Value] | None:
    try:
        elements = json.loads(text)
    except RecursionError:
        raise ValueError(text) from None
    if not isinstance(elements, list):
        raise ValueError(text)
    values = [_element(element, value_type) for element in elements]
    return values if all(map(_finite, values)) else None


def _element(element: Any, value_type: str) -> Any:
    """Checks a value parsed from JSON; times are ms since 1970 here."""
    if element is None:
        return None
    kind = {"BOOL": bool, "STRING": str, "FLOAT": float, "DOUBLE": float}.get(value_type, int)
    if kind is float and type(element) is int:
        element = float(_within(element, value_type))
    if type(element) is not kind:
        raise ValueError(element)
    if isinstance(element, str):
        return _text(element, value_type)
    return _within(element, value_type) if type(element) is int else element


def _finite(value: Value) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _within(number: int, value_type: str) -> int:
    most = 1 << (_BITS.get(value_type, 64) - 1)
    if not -most <= number < most:
        raise ValueError(number)
    return number
