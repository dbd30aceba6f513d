"""Tests a line of an embedded topic: every byte is restored, and people can read it."""

import json

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.embedded import lines
from tests.support.generators.seeds import seeds

ON_A_BUSY_MACHINE = settings(max_examples=len(seeds(100)), deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Without limits in seconds: a busy machine takes long to generate an input."""


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.binary()), min_size=1))
@ON_A_BUSY_MACHINE
def test_any_bytes_come_back(messages: list[tuple[str, bytes]]) -> None:
    keys, values = [key for key, _ in messages], [payload for _, payload in messages]
    whole = b"".join(lines.lines(1, keys, values))
    assert whole.count(b"\n") == len(messages)
    assert lines.read(whole, len(messages), now_ms=2) == lines.Messages(values, [1] * len(values))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON, st.sampled_from([None, 2]), st.sampled_from(["", " ", "\n", "}", ","]))
@ON_A_BUSY_MACHINE
def test_json_and_broken_json_come_back(value: object, indent: int | None, tail: str) -> None:
    payload = (json.dumps(value, indent=indent) + tail).encode()
    whole = b"".join(lines.lines(1, ["k"], [payload]))
    msgspec.json.decode(whole)
    assert lines.read(whole, 1, now_ms=2).payloads == [payload]


@pytest.mark.parametrize(
    ("payload", "stored"),
    [
        (b'{"a": 1}', b'"v":{"a": 1}'),
        (b'{"a": ', b'"s":"{\\"a\\": "'),
        (b'{"a": 1}\n', b'"s":"{\\"a\\": 1}\\n"'),
        (b"\xff", b'"b":"/w=="'),
        (b"", b'"s":""'),
        (b"[" * 65 + b"]" * 65, b'"s":"' + b"[" * 65 + b"]" * 65 + b'"'),
        (b"[" * 100_000, b'"s":"' + b"[" * 100_000 + b'"'),
    ],
)
def test_a_line_is_read_by_people(payload: bytes, stored: bytes) -> None:
    assert lines.lines(7, ['a"b'], [payload]) == [b'{"t":7,"k":"a\\"b",%b}\n' % stored]


def test_lines_edited_by_hand_are_payloads_as_they_stand() -> None:
    whole = b'{"t": 5, "k": "a", "v": {"x": 1} }\nnonsense\n\n{"t":6}\n'
    assert lines.read(whole, 4, now_ms=9) == lines.Messages([b'{"x": 1}', b"nonsense", b"", b""], [5, 9, 9, 6])
