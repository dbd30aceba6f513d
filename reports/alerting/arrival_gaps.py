"""Learns the gaps between arrivals of a source: how long it is usually quiet at a time of day.

A gap lies between two seconds in which events were published, in publish order: a catch-up or a replay finds the real
gaps, and a load of millions within seconds finds none. Gaps are counted by their length and by the hour of the day
(UTC) in which they begin, because a shop that is quiet at night is not quiet at noon; counts fade.
"""

import math
from collections.abc import Iterable, Mapping

import msgspec
import numpy as np
import numpy.typing as npt

SECOND_MS, HOUR_MS, DAY_MS = 1_000, 3_600_000, 86_400_000
BINS = 64
STEPS = 2
"""Bins per doubling of the length."""
HALF_LIFE_DAYS = 4.0
RECURS = 1.5
"""A gap is usual if one as long was seen twice within some days."""
FLOWED = 2.5
"""A limit is known once arrivals were observed for this many times its length."""
MULTIPLE = 2.0
LEAST_MS = 20_000
"""Shortest silence that is reported, because brokers and consumers take as long to restart."""

Ticks = npt.NDArray[np.int64]
"""Seconds (since 1970) in which events were published, ascending."""
Pauses = Mapping[int, int]
"""Number of gaps by their slot: day, hour and length."""


class ArrivalGaps(msgspec.Struct, array_like=True):
    """Weighted counts of gaps by length and hour of the day in which they began; recent ones weigh most.

    >>> gaps = ArrivalGaps()
    >>> gaps.learn(pauses_of(np.arange(0, 7_200, 60)))
    >>> gaps.usual_ms(3_600_000) // 1000, gaps.limit_ms(3_600_000) // 1000
    (64, 128)
    """

    counts: dict[int, float] = {}  # by hour of the day and length
    day: int = 0

    def learn(self, pauses: Pauses) -> None:
        """Adds gaps, and lets older ones fade."""
        for slot, many in sorted(pauses.items()):
            day, place = divmod(slot, 24 * BINS)
            self._fade(day)
            self.counts[place] = self.counts.get(place, 0.0) + many * _weight(self.day - day)

    def usual_ms(self, at_ms: int) -> int | None:
        """Returns the longest recurring gap (ms) that begins around this hour of the day; None if none is known."""
        by_length = self._around(at_ms)
        seen = 0.0
        for length in sorted(by_length, reverse=True):
            seen += by_length[length]
            if seen >= RECURS:
                return longest_ms(length)
        return None

    def limit_ms(self, at_ms: int) -> int | None:
        """Returns from which length (ms) a pause that began at `at_ms` is a silence; None while too little is known."""
        usual_ms = self.usual_ms(at_ms)
        if usual_ms is None:
            return None
        limit_ms = max(LEAST_MS, int(MULTIPLE * usual_ms))
        flowed_ms = sum(many * longest_ms(length) for length, many in self._around(at_ms).items())
        return limit_ms if flowed_ms >= FLOWED * limit_ms else None

    def _around(self, at_ms: int) -> dict[int, float]:
        """Returns the gaps by length in this hour, the one before and the one after."""
        hour = at_ms // HOUR_MS % 24
        near = {(hour + step) % 24 for step in (-1, 0, 1)}
        by_length: dict[int, float] = {}
        for place, many in self.counts.items():
            if place // BINS in near:
                by_length[place % BINS] = by_length.get(place % BINS, 0.0) + many
        return by_length

    def _fade(self, day: int) -> None:
        if day > self.day:
            share = _weight(day - self.day) if self.day else 1.0
            self.counts = {place: rest for place, many in self.counts.items() if (rest := many * share) > 0.01}
            self.day = day


def pauses_of(ticks: Ticks) -> dict[int, int]:
    """Counts the gaps between ascending seconds, by slot.

    >>> sum(pauses_of(np.array([0, 1, 61])).values())
    2
    """
    lengths = np.diff(ticks)
    starts = ticks[:-1][lengths > 0] * SECOND_MS
    lengths = lengths[lengths > 0]
    length_bins = np.minimum(np.floor(STEPS * np.log2(lengths.astype(np.float64))), BINS - 1).astype(np.int64)
    slots, many = np.unique((starts // HOUR_MS) * BINS + length_bins, return_counts=True)
    return dict(zip(slots.tolist(), many.tolist(), strict=True))


def together(parts: Iterable[Pauses]) -> dict[int, int]:
    """Sums numbers of gaps."""
    total: dict[int, int] = {}
    for part in parts:
        for slot, many in part.items():
            total[slot] = total.get(slot, 0) + many
    return total


def longest_ms(length: int) -> int:
    """Returns the longest gap (ms) of a bin of lengths."""
    return math.ceil(2 ** ((length + 1) / STEPS)) * SECOND_MS


def _weight(days: int) -> float:
    return math.pow(2.0, -max(0, days) / HALF_LIFE_DAYS)
