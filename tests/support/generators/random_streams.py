"""Seeded random streams: late, tied, doubled, with nulls, on the edges of tiles.

Everything comes from one numpy Generator, so a printed seed reproduces a failure:

>>> rng = np.random.default_rng(7)
>>> made = definitions(rng, tmp_path / "specs")
>>> arrivals = stream(rng, rows=500, disorder_ms=None)
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import msgspec
import numpy as np

from tests.support.factories.definitions import DAY, HOUR, MINUTE, SECOND
from tests.support.generators.choices import Weighted, one_of
from tests.support.generators.random_definitions import definitions
from tests.support.oracle.event_facts import Arrival, Event

START = 1_767_225_600_000  # 2026-01-01T00:00:00Z
ORDER_TYPE = Weighted(("payment_success", "refund", "view"), (0.6, 0.2, 0.2))
LOGIN_TYPE = Weighted(("login_success", "login_failed"), (0.8, 0.2))
SIZE = Weighted((0.0, 1e-6, 1.0, 1e9), (0.1, 0.02, 0.86, 0.02))
SPANS = (2 * MINUTE, HOUR, 8 * HOUR, 2 * DAY, 6 * DAY)

__all__ = ["START", "batches", "by_source", "definitions", "payloads", "stream"]


def stream(
    rng: np.random.Generator,
    rows: int,
    disorder_ms: int | None = MINUTE,
    start: int = START,
    span: int | None = None,
) -> list[Arrival]:
    """Returns `rows` events of both sources in order of arrival, over a random span of time (ms) unless given.

    `disorder_ms` bounds how far an event may come behind its place; None shuffles a tenth of them anywhere. Includes
    ties, events on tile boundaries, exact duplicates, null and absent columns, zero and negative amounts.
    """
    length = span or int(rng.choice(SPANS))
    times = _times(rng, rows, start, length)
    events = [_event(rng, time) for time in times]
    events += [events[int(i)] for i in rng.integers(rows, size=rows // 50)]
    delays = _delays(rng, len(events), length, disorder_ms)
    arrival = [stamp(event) + delay for (_, event), delay in zip(events, delays, strict=True)]
    return [events[place] for place in np.argsort(arrival, kind="stable").tolist()]


def _times(rng: np.random.Generator, rows: int, start: int, span: int) -> list[int]:
    """Returns times with bursts and gaps; some are exactly on seconds, minutes or hours, some just before."""
    raw = start + (np.sort(rng.beta(0.7, 0.7, size=rows)) * span).astype(np.int64)
    grid = rng.choice([1, SECOND, MINUTE, HOUR], size=rows, p=[0.6, 0.2, 0.15, 0.05])
    before = (rng.random(rows) < 0.05).astype(np.int64)
    return [int(time) for time in raw // grid * grid - before]


def _delays(rng: np.random.Generator, rows: int, span: int, disorder_ms: int | None) -> list[int]:
    if disorder_ms is not None:
        return [int(d) for d in rng.integers(0, disorder_ms + 1, size=rows)]
    wild = rng.random(rows) < 0.1
    return [int(d) for d in np.where(wild, rng.integers(-span, span + 1, size=rows), 0)]


def stamp(event: Event) -> int:
    """Returns when the event happened (ms)."""
    return int(str(event["timestamp"]))


def _event(rng: np.random.Generator, time: int) -> Arrival:
    name, made = ("orders", _order(rng)) if rng.random() < 0.7 else ("logins", _login(rng))
    absent = {c for c in made if c != "event_type" and rng.random() < 0.03}
    return name, {**{c: v for c, v in made.items() if c not in absent}, "timestamp": time}


def _order(rng: np.random.Generator) -> dict[str, object]:
    return {
        "event_type": ORDER_TYPE(rng),
        "user_id": _key(rng, "u", 6),
        "item_id": _key(rng, "i", 5),
        "category": _maybe(rng, one_of(rng, ("toys", "books", "garden", ""))),
        "quantity": _maybe(rng, int(rng.integers(-5, 20))),
        "amount": _maybe(rng, _amount(rng)),
        "gift": _maybe(rng, bool(rng.random() < 0.3)),
        "country": _maybe(rng, one_of(rng, ("GB", "DE", "FR", "Österreich"))),
    }


def _login(rng: np.random.Generator) -> dict[str, object]:
    return {
        "event_type": LOGIN_TYPE(rng),
        "user_id": _key(rng, "u", 6),
        "device": _maybe(rng, one_of(rng, ("phone", "tablet", "desktop"))),
        "ip": _maybe(rng, f"10.0.0.{int(rng.integers(60))}"),
        "country": _maybe(rng, one_of(rng, ("GB", "DE"))),
    }


def _key(rng: np.random.Generator, letter: str, many: int) -> str | None:
    """Returns a few busy entities most of the time, in one of fifty events an entity that rarely returns, for some
    events none."""
    chance = rng.random()
    if chance < 0.03:
        return None
    return named(letter, int(rng.integers(100, 140) if chance < 0.05 else rng.integers(many)))


def named(letter: str, number: int) -> str:
    """Returns the id of an entity; one has characters beyond the basic plane, one is very long, one looks like a
    number.

    >>> named("u", 1), named("u", 2)
    ('u1', 'u2 \\U0001f98a é')
    """
    ids = {2: f"{letter}2 \U0001f98a é", 3: letter * 500, 4: "007" if letter == "u" else "-4"}
    return ids.get(number, f"{letter}{number}")


def _amount(rng: np.random.Generator) -> float:
    """Returns an amount: cents, zero, negative, a few very large and very small ones."""
    size = SIZE(rng)
    return round(float(rng.normal(20.0, 30.0)), 2) * size


def _maybe(rng: np.random.Generator, value: object) -> object:
    return None if rng.random() < 0.05 else value


def batches(rng: np.random.Generator, arrivals: Sequence[Arrival], mean_rows: int) -> list[list[Arrival]]:
    """Cuts the stream into batches of random size, in order."""
    cuts = np.flatnonzero(rng.random(len(arrivals)) < 1 / mean_rows).tolist()
    edges = [0, *cuts, len(arrivals)]
    return [list(arrivals[a:b]) for a, b in pairwise(edges) if a < b]


def by_source(arrivals: Sequence[Arrival]) -> dict[str, list[Event]]:
    """Returns the events of each source, in order."""
    events: dict[str, list[Event]] = {}
    for name, event in arrivals:
        events.setdefault(name, []).append(event)
    return events


def payloads(events: Sequence[Mapping[str, object]]) -> list[bytes]:
    """Returns the events as they are on their topic: one JSON object each."""
    return [msgspec.json.encode(event) for event in events]
