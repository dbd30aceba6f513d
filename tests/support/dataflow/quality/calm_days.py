"""Days without any trouble: few events at night, fewer on a weekend, none while a shop is closed."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from dataflows.definitions import load
from tests.support.dataflow.quality.feeds import Feed
from tests.support.dataflow.quality.played_shop import shop, step_of
from tests.support.dataflow.quality.quality_play import QualityPlay
from tests.support.factories.definitions import DAY, HOUR, LOGINS, MINUTE, ORDERS, SECOND, write

LEAST = 0.12
"""The share of the busiest time's events that arrive at the quietest, three at night."""
WEEKEND = 0.6
"""The share of a weekday's events that arrive on a weekend."""
TURNS_MS = 6 * HOUR
"""How long the change to and from a weekend takes."""
_SATURDAY_MS = 2 * DAY  # 1970-01-03


def day_and_night(at_ms: int) -> float:
    """Returns the events at a time, as a share of those at the busiest.

    >>> [round(day_and_night(int(datetime(2026, 1, *when, tzinfo=UTC).timestamp() * 1_000)), 2) for when in
    ...  [(29, 3), (29, 15), (31, 15)]]
    [0.12, 1.0, 0.6]
    """
    hours = at_ms / HOUR % 24 - 3
    course = LEAST + (1 - LEAST) * (0.5 - 0.5 * math.cos(hours / 24 * 2 * math.pi))
    into_ms = (at_ms - _SATURDAY_MS) % (7 * DAY)
    begins, ends = (min(1.0, max(0.0, one / TURNS_MS + 0.5)) for one in (into_ms, into_ms - 2 * DAY))
    begins = max(begins, min(1.0, max(0.0, (into_ms - 7 * DAY) / TURNS_MS + 0.5)))
    return course * (1 - (1 - WEEKEND) * (begins - ends))


def closed_at_night(at_ms: int) -> float:
    """Returns the same for a shop that is closed from midnight to five."""
    return 0.0 if at_ms / HOUR % 24 < 5 else day_and_night(at_ms)


def calm_play(
    folder: Path, seed: int, since: datetime, course: Callable[[int], float] = day_and_night, **source: object
) -> QualityPlay:
    """Plays a shop with intervals of five minutes, from a time (UTC); `source` adds keys to the definitions of its
    sources."""
    now = int(since.replace(tzinfo=UTC).timestamp() * 1_000)
    shop(folder)
    for name, known in (("orders", ORDERS), ("logins", LOGINS)):
        write(folder / "sources" / f"{name}.yaml", {**known, **source})
    play = QualityPlay(load(folder), seed, now, length_ms=5 * MINUTE, step_ms=step_of(10 * SECOND), looks_ms=MINUTE)
    play.feeds = {name: Feed(name, rate, daily=course) for name, rate in (("orders", 2.0), ("logins", 1.5))}
    return play
