"""JSON as others write it, in words of the standard: no byte order mark, null for NaN and Infinity."""

import re
from functools import lru_cache
from typing import Any

import msgspec

MARK = b"\xef\xbb\xbf"
_NOT_FINITE = re.compile(
    rb"""((?: [^"NI\-]++                            # what is neither text nor a word of interest
           | "(?:[^"\\\n]++ | \\.)*+ "?           # a text, or one that never ends: no text has a line break
           | (?! -?Infinity | NaN) .
         )*+)
         (?: (-?Infinity | NaN) | \Z )""",
    re.VERBOSE | re.DOTALL,
)


def is_plain(text: bytes) -> bool:
    """Whether a text holds no mark and none of the words anywhere."""
    return MARK not in text and b"NaN" not in text and b"Infinity" not in text


def plain(payload: bytes) -> tuple[bytes, int]:
    """The same in words of the standard, and how many numbers became null: those outside of texts.

    It may be many payloads, a line each; then the mark of the first is taken away.

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
    """A field of a JSON object as it stands there; of a repeated field the last. Raises DecodeError and others.

    >>> field_of(b'{"x": 1.50, "y": {}}', "x")
    '1.50'
    """
    raw: bytes = bytes(_only(name).decode(plain(payload)[0]).value)
    return raw.decode(errors="replace")


@lru_cache(maxsize=1_024)
def _only(name: str) -> msgspec.json.Decoder[Any]:
    """Reads one field and passes over all others, however these are written, as the decoder of events does."""
    fields = [("value", msgspec.Raw, msgspec.Raw(b"null"))]
    return msgspec.json.Decoder(msgspec.defstruct("Only", fields, rename={"value": name}))
