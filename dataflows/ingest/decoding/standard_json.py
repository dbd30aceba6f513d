"""Converts JSON as producers write it to standard JSON: no byte order mark, null for NaN and Infinity."""

import re
from functools import lru_cache
from typing import Any

import msgspec

MARK = b"\xef\xbb\xbf"
_NOT_FINITE = re.compile(
    rb"""((?: [^"NI\-]++                          # neither a string nor NaN or Infinity
           | "(?:[^"\\\n]++ | \\[^\n])*+ "?       # a string, closed or not: no string holds a line break
           | (?! -?Infinity | NaN) .
         )*+)
         (?: (-?Infinity | NaN) | \Z )""",
    re.VERBOSE | re.DOTALL,
)


def is_plain(text: bytes) -> bool:
    """Returns whether a payload contains no byte order mark, NaN or Infinity."""
    return MARK not in text and b"NaN" not in text and b"Infinity" not in text


def plain(payload: bytes) -> tuple[bytes, int]:
    """Replaces NaN and Infinity outside strings with null; returns the payload and the number of replacements.

    The payload may be several lines, one payload each; the byte order mark of the first line is removed.

    >>> plain(b'{"NaN": NaN, "x": [-Infinity, 7]}')
    (b'{"NaN": null, "x": [null, 7]}', 2)
    """
    payload = payload.removeprefix(MARK)
    if b"NaN" not in payload and b"Infinity" not in payload:
        return payload, 0
    words = 0

    def replaced(match: re.Match[bytes]) -> bytes:
        nonlocal words
        words += match[2] is not None
        return match[1] + (b"null" if match[2] else b"")

    return _NOT_FINITE.sub(replaced, payload), words


def field_of(payload: bytes, name: str) -> str:
    """Returns the raw text of a field of a JSON object; the last one if it is repeated. Raises `UNDECODABLE`.

    >>> field_of(b'{"x": 1.50, "y": {}}', "x")
    '1.50'
    """
    raw: bytes = bytes(_only(name).decode(plain(payload)[0]).value)
    return raw.decode(errors="replace")


@lru_cache(maxsize=1_024)
def _only(name: str) -> msgspec.json.Decoder[Any]:
    """Builds a decoder of one field that, like the decoder of events, skips all other fields unparsed."""
    fields = [("value", msgspec.Raw, msgspec.Raw(b"null"))]
    return msgspec.json.Decoder(msgspec.defstruct("Only", fields, rename={"value": name}))
