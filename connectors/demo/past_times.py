"""Draws the times of the demo's past events: the live rate near the end, ever fewer before."""

import numpy as np

from connectors.demo.shop import Ints

TAIL = 0.3  # exponent of the share of events older than an age


def leading_to(rate: float, count: int, start_ms: int, end_ms: int, rng: np.random.Generator) -> Ints:
    """Returns `count` ascending times (ms) in [start, end): at `rate` events a second near the end, thinner before.

    The older an event may be, the rarer it is, by a power law; so windows of an hour and of a month are both full, and
    neither changes much when live events of that rate follow. No event is before the start.

    >>> times = leading_to(10.0, 20_000, 0, 90 * 86_400_000, np.random.default_rng(1))
    >>> len(times), bool(500 < (times > 90 * 86_400_000 - 60_000).sum() < 700)
    (20000, True)
    """
    length_s = (end_ms - start_ms) / 1000
    flat = _flat(rate, count, length_s)
    drawn = np.sort(rng.random(count))[::-1] * min(_events(length_s, flat), length_s / flat)
    older = np.maximum(drawn - 1.0, 0.0)
    ages = np.where(drawn <= 1.0, drawn, (1.0 - np.minimum(TAIL * older, 1.0 - 1e-12)) ** (-1 / TAIL)) * flat
    return np.asarray(end_ms - np.minimum(ages, length_s) * 1000).astype(np.int64).clip(start_ms, end_ms - 1)


def _events(age_s: float, flat_s: float) -> float:
    """Returns the number of events up to an age, in units of those of the flat part at the end."""
    return age_s / flat_s if age_s <= flat_s else 1.0 + (1.0 - (age_s / flat_s) ** -TAIL) / TAIL


def _flat(rate: float, count: int, length_s: float) -> float:
    """Returns how long (s) the rate holds at the end, so that all events fit before it; found by bisection."""
    low, high = 1e-3, length_s
    for _ in range(60):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if rate * middle * _events(length_s, middle) < count else (low, middle)
    return high
