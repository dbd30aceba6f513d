"""Formats values so that YAML 1.1 and YAML 1.2 read them equally."""

import json
import math
import re
from collections.abc import Mapping, Sequence

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_SPECIAL = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_EXPONENT = re.compile(r"(-?[0-9]+)(\.[0-9]+)?e([-+][0-9]+)")


def flow(value: object) -> str:
    """Formats a value on one line, for a list or mapping in brackets.

    >>> flow({"user_id": "u1", "amount": 1e22, "paid": True, "country": "NO", "at": "12:30"})
    '{user_id: u1, amount: 1.0e+22, paid: true, country: "NO", at: "12:30"}'
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(str(key))}: {flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(flow, value)) + "]"
    return _plain(value)


def _plain(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        written = _EXPONENT.fullmatch(repr(value))
        return f"{written[1]}{written[2] or '.0'}e{written[3]}" if written else repr(value)
    raise TypeError(f"{value!r} cannot be written in a definition")


def _text(text: str) -> str:
    if _WORD.fullmatch(text) and text.lower() not in _SPECIAL:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(character if character.isprintable() else _escaped(character) for character in quoted)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
