"""Feeds a play: yields the events of a source as a producer publishes them, second by second."""

from bisect import bisect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.support.factories.definitions import SECOND

USERS = 300
COUNTRIES, UP_TO = ("DE", "AT", "CH"), np.cumsum([0.7, 0.2, 0.1]).tolist()
"""Countries, and their shares from the first on."""
Spoil = Callable[[dict[str, Any], np.random.Generator], dict[str, Any]]
Published = tuple[int, dict[str, Any]]
"""The time when an event was published (ms), and the event."""


@dataclass
class Feed:
    """The events of a source at a rate per second; `spoil` changes each, `storm` adds events of a few `hot` users.

    `daily` returns the multiple of the rate at a time of the day (ms since midnight UTC).
    """

    source: str
    a_second: float
    on: bool = True
    spoil: Spoil | None = None
    storm: int = 0
    hot: int = 3
    daily: Callable[[int], float] = lambda _: 1.0

    def events(self, since_ms: int, until_ms: int, rng: np.random.Generator) -> list[Published]:
        """Returns the events of a period, in the order of publishing."""
        rate = self.a_second * self.daily(since_ms) if self.on else 0.0
        many = rng.poisson(rate * (until_ms - since_ms) / SECOND)
        hot = self.storm * (until_ms - since_ms) // SECOND if self.on else 0
        users = [*rng.integers(0, USERS, many).tolist(), *rng.integers(0, self.hot, hot).tolist()]
        times = np.sort(rng.integers(since_ms, until_ms, many + hot)).tolist()
        events = [(time, _event(user, time, rng)) for user, time in zip(users, times, strict=True)]
        return [(time, self.spoil(event, rng)) for time, event in events] if self.spoil else events


def _event(user: int, time_ms: int, rng: np.random.Generator) -> dict[str, Any]:
    return {
        "event_type": "order",
        "user_id": f"u{user}",
        "amount": round(float(rng.lognormal(3.0, 0.5)), 2),
        "country": COUNTRIES[bisect(UP_TO, rng.random())],
        "timestamp": time_ms,
    }
