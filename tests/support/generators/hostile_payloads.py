"""Payloads of orders as in the real world: good ones, other spellings, and payloads that are no events."""

import msgspec
import numpy as np

from tests.support.factories.order_events import GOOD, NOW, event

HOSTILE = [
    b"",
    b"{",
    b"\xff\xfe",
    b"null",
    b"[1]",
    b'{"x":' * 5_000,
    b'{"event_type": "\xff"}',
    b'\xef\xbb\xbf{"event_type": "view", "user_id": "mark", "timestamp": 1767225600000}',
    b'{"event_type": "view",\n "user_id": "lines", "timestamp": 1767225600000}',
    b'{"event_type": "view", "user_id": "a", "user_id": "b", "timestamp": 1767225600000}',
    b'{"event_type": "view", "user_id": "u1", "amount": NaN, "timestamp": 1767225600000}',
    b'{"event_type": "view", "user_id": "u1", "quantity": -Infinity, "timestamp": 1767225600000}',
    b'{"event_type": "view", "user_id": "u1", "category": "NaN", "timestamp": 1767225600000}',
    b'{"event_type": NaN, "user_id": "u1", "timestamp": 1767225600000}',
    b'{"event_type": "view", "user_id": "\\ud800", "timestamp": 1767225600000}',
    b'{"event_type": "view", "user_id": "u1", "amount": -0.0, "timestamp": 1.7672256e12}',
    b'{"event_type": "view", "user_id": "u1", "quantity": 9007199254740993.0, "timestamp": 1767225600000}',
    b'{"event_type": "view", "user_id": "u1", "quantity": 0.5, "small": 0.5, "timestamp": 1767225600000}',
    event(user_id="", item_id=""),
    event(user_id="", item_id="i1"),
    event(user_id=None, item_id="i2"),
    event(user_id="u" * 2_000),
    event(user_id="é" * 600, item_id="\x00\n"),
    event(category="c" * 100_000),
    event(paid_at="2026-01-01T00:00:00Z"),
    event(paid_at="2026-01-01T00:00:00"),
    event(paid_at="soon", quantity="3"),
    event(paid_at="1969-12-31T23:59:59.999+01:00"),
    event(quantity=2**63 - 1, amount=1.7976931348623157e308, gift=True),
    event(quantity=2**63),
    event(small=2**31),
    event(small=-(2**31), amount=5e-324, gift=False),
    event(unknown={"a": [1, {}]}),
    event(timestamp=None),
    event(timestamp=-1),
    event(timestamp=NOW + 300_001),
    msgspec.json.encode({"user_id": "u1", "timestamp": NOW}),
    msgspec.json.encode({**GOOD, "category": "d" * 1_200_000}),
]


def hostile_payloads(chance: np.random.Generator, count: int, share: float) -> list[bytes]:
    """Returns good events with a share of others among them."""
    return [_hostile(chance) if chance.random() < share else _good(chance) for _ in range(count)]


def _hostile(chance: np.random.Generator) -> bytes:
    return HOSTILE[int(chance.integers(len(HOSTILE)))]


def _good(chance: np.random.Generator) -> bytes:
    number = int(chance.integers(1_000))
    return event(user_id=f"u{number}", amount=number / 7, quantity=number if number % 3 else None, gift=number % 2 == 0)
