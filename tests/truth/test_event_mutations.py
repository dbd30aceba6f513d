"""Tests events broken at random: good ones among them are accepted, and nothing is ever raised."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from connectors.messages import RawBatch
from dataflows.definitions.loader import Source
from dataflows.ingest.decoding.decoder import Decoder
from tests.support.factories.definitions import ORDERS
from tests.support.factories.order_events import NOW, source
from tests.support.generators.seeds import rng_of, seeds
from tests.support.oracle.json_events import NotAnEvent, event_of

LATEST = NOW + 300_000
BATCHES, MUTATED, GOOD = 25, 400, 40
WORDS = (
    *(b"NaN", b"-Infinity", b"Infinity", b"null", b"true", b'""', b'"x"', b"{", b"}", b"[", b"]", b",", b":", b'"'),
    *(b"\\", b"\\ud800", b"\\u00e9", b"\xef\xbb\xbf", b"\n", b"\r\n", b"\t", b"\x00", b"\xff", b"\xed\xa0\x80"),
    *(b"-", b"0", b".5", b".0", b"e3", b"E-2", b"1e400", b"9223372036854775808", b"-9223372036854775809.0"),
    *(b'"amount": NaN, ', b'"user_id": "", ', b'"timestamp": 1, ', b'"quantity": 3.0, ', b'"event_type": null, '),
)


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return source(tmp_path_factory.mktemp("specs"))


def good(rng: np.random.Generator) -> bytes:
    """Returns a random event, made for mutating."""
    texts = ("view", "NaN", 'a "quoted" text', "Infinity, -Infinity", "é🎉", "back\\slash", "", "{}")
    fields: dict[str, Any] = {
        "event_type": texts[rng.integers(len(texts))],
        "user_id": f"u{rng.integers(100)}",
        "item_id": None if rng.random() < 0.5 else f"i{rng.integers(9)}",
        "category": texts[rng.integers(len(texts))],
        "quantity": int(rng.integers(-(2**62), 2**62)) >> int(rng.integers(63)),
        "amount": float(rng.normal() * 10.0 ** rng.integers(-300, 300)),
        "gift": bool(rng.integers(2)),
        "timestamp": int(rng.integers(0, NOW)),
        "extra": [1, {"a": "NaN"}],
    }
    return msgspec.json.encode(fields)


def mutated(payload: bytes, rng: np.random.Generator) -> bytes:
    """Makes one to three changes: a byte, a lost or repeated piece, an inserted word."""
    for _ in range(int(rng.integers(1, 3))):
        first = int(rng.integers(len(payload) + 1))
        last = min(len(payload), first + int(rng.integers(1, 12)))
        word = WORDS[rng.integers(len(WORDS))]
        piece = (
            bytes([rng.integers(256)]),
            b"",
            payload[first:last] * 2,
            word,
            word + payload[first:last],
        )[rng.integers(5)]
        payload = payload[:first] + piece + payload[last:]
    return payload


def expected(payload: bytes) -> dict[str, Any] | None:
    """Returns the columns of an event, or None if the payload is none."""
    try:
        return event_of(payload, LATEST)
    except NotAnEvent:
        return None


@pytest.mark.long
@pytest.mark.parametrize("seed", seeds(10))
def test_mutated_events_are_taken_exactly_when_they_are_events(orders: Source, seed: int) -> None:
    """100,000 over all ten seeds, among good ones, in batches."""
    rng, decode = rng_of(seed), Decoder(orders)
    for _ in range(BATCHES):
        payloads = [good(rng) for _ in range(GOOD)]
        payloads += [mutated(payloads[rng.integers(GOOD)], rng) for _ in range(MUTATED)]
        payloads = [payloads[place] for place in rng.permutation(len(payloads))]
        events = decode(RawBatch("0", payloads, NOW, NOW, str))
        truth = {row: event for row, payload in enumerate(payloads) if (event := expected(payload))}
        refused = {reject.row: reject.detail for reject in events.rejects}
        assert [(payloads[row], why) for row, why in refused.items() if row in truth] == []
        assert len(events.rejects) == len(refused) == len(payloads) - len(truth)
        assert events.rows.tolist() == list(truth)
        assert events.frame.to_dicts() == list(truth.values())
        assert events.times.tolist() == [event["timestamp"] for event in truth.values()]
        assert all(reject.detail and len(reject.detail) < 400 for reject in events.rejects)


@pytest.mark.parametrize("unknown", ["ignore", "reject"])
@pytest.mark.parametrize("seed", seeds(3))
def test_random_bytes_raise_nothing(tmp_path: Path, seed: int, unknown: str) -> None:
    rng = rng_of(seed)
    columns = {**dict.fromkeys("abc", "TIMESTAMP"), "d": "INT32", "e": "FLOAT", "user_id": "STRING", "t": "TIMESTAMP"}
    changes = {"columns": columns, "required": ["t"], "event_time": {"column": "t", "unit": "iso"}}
    decode = Decoder(source(tmp_path, **changes, entities=["user_id"], unknown_fields=unknown))
    letters = np.frombuffer(b'{}[]",:\\abcdetT0123456789.eE+-Z \n\xff\x00NaIfinuslrTWu_', np.uint8)
    for size in rng.integers(1, 200, size=30).tolist():
        payloads = [bytes(rng.choice(letters, size=int(rng.integers(0, 80)))) for _ in range(size)]
        payloads += [b'{"user_id": "u", "t": "%b"}' % payload for payload in payloads]
        payloads += [b'{"user_id": "u", "t": "2026-01-01T00Z", "d": %b}' % payload for payload in payloads[:size]]
        events = decode(RawBatch("0", payloads, NOW, NOW, str))
        assert len(events.rejects) + len(events.frame) == len(payloads)


def test_the_oracle_knows_the_columns() -> None:
    assert isinstance(ORDERS["columns"], dict)
    assert list(event_of(b'{"event_type": "a", "user_id": "u", "timestamp": 5.0}', NOW)) == list(ORDERS["columns"])
