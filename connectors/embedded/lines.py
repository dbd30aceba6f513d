r"""Encodes messages as lines of JSON: one message per line, its payload byte for byte.

A line is `{"t":publish_ms,"k":"key",PAYLOAD}` where PAYLOAD is one of

    "v":<the payload itself>       it is JSON in UTF-8 without a line feed, outer spaces or deep nesting
    "s":"<the payload as text>"    any other UTF-8, such as a cut event or pretty-printed JSON
    "b":"<base64>"                 anything else

so that `jq .v` reads a topic and broken events survive as they were.

>>> lines(7, ["a", "b"], [b'{"x": 1}', b'{"x": '])
[b'{"t":7,"k":"a","v":{"x": 1}}\n', b'{"t":7,"k":"b","s":"{\\"x\\": "}\n']
>>> read(b"".join(lines(7, ["a", "b"], [b'{"x": 1}', b'{"x": '])), 2, now_ms=9)
Messages(payloads=[b'{"x": 1}', b'{"x": '], published=[7, 7])
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from connectors.errors import UNDECODABLE

_DEEPEST = 64  # most nested brackets of a payload stored as JSON, because a reader's stack is finite


class _Line(msgspec.Struct, gc=False):
    t: int
    v: msgspec.Raw = msgspec.Raw()
    s: str | None = None
    b: bytes | None = None


class _Key(msgspec.Struct, gc=False):
    k: str | None = None


@dataclass(frozen=True, slots=True)
class Messages:
    """Payloads of consecutive lines and their publish times (ms)."""

    payloads: list[bytes]
    published: list[int]


_text = msgspec.json.Encoder().encode
_json = msgspec.json.Decoder(msgspec.Raw).decode
_decoder = msgspec.json.Decoder(_Line)
_keys = msgspec.json.Decoder(_Key)


def lines(publish_ms: int | Sequence[int], keys: Sequence[str], payloads: Sequence[bytes]) -> list[bytes]:
    """Returns one line per message, line feed included; published at one time, or each at its own."""
    times = [publish_ms] * len(keys) if isinstance(publish_ms, int) else publish_ms
    return [
        b'{"t":%d,"k":%b,%b}\n' % (time, _text(key), _body(payload))
        for time, key, payload in zip(times, keys, payloads, strict=True)
    ]


def _body(payload: bytes) -> bytes:
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return b'"b":"%b"' % b64encode(payload)
    return b'"v":%b' % payload if _is_one_line_of_json(payload) else b'"s":%b' % _text(text)


def _is_one_line_of_json(payload: bytes) -> bool:
    if b"\n" in payload or payload != payload.strip() or payload.count(b"{") + payload.count(b"[") > _DEEPEST:
        return False
    try:
        _json(payload)
    except UNDECODABLE:
        return False
    return True


def read(whole_lines: bytes, count: int, now_ms: int) -> Messages:
    """Parses the messages of `count` whole lines.

    A line that is not of this form, after an edit by hand, becomes a payload as it stands and is rejected like other
    broken payloads.
    """
    try:
        lines = _decoder.decode_lines(whole_lines)
        if len(lines) == count:
            return _messages(lines)
    except UNDECODABLE:
        pass
    return _messages([_lenient(line, now_ms) for line in whole_lines.split(b"\n")[:count]])


def keys(whole_lines: bytes, count: int) -> list[str | None]:
    """Returns the keys of `count` whole lines; None for a line that has no key or is not of this form."""
    try:
        lines = _keys.decode_lines(whole_lines)
        if len(lines) == count:
            return [line.k for line in lines]
    except UNDECODABLE:
        pass
    return [_lenient_key(line) for line in whole_lines.split(b"\n")[:count]]


def _messages(lines: list[_Line]) -> Messages:
    return Messages([bytes(line.v) or _other(line) for line in lines], [line.t for line in lines])


def _other(line: _Line) -> bytes:
    return line.s.encode() if line.s is not None else line.b or b""


def _lenient(line: bytes, now_ms: int) -> _Line:
    try:
        return _decoder.decode(line)
    except UNDECODABLE:
        return _Line(now_ms, b=line)


def _lenient_key(line: bytes) -> str | None:
    try:
        return _keys.decode(line).k
    except UNDECODABLE:
        return None
