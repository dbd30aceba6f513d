"""Detects event times that are unusually off: a producer's clock that jumps, a wrong time zone.

The usual offset of times is learned, because a phone sends events after it had no network, and a batch sends those of
yesterday. Times ahead of the limit that a source allows are never usual, and are detected at once.
"""

import msgspec

from reports.alerting.event_counts import EventCounts
from reports.alerting.explanations import PlainStatistic
from reports.alerting.time_offsets import Offsets, length_ms, merged
from reports.formats import percent
from reports.moments import lasting
from reports.phrases import passed

HALF_LIFE_MS = 20_000
REMEMBERED = 20.0
"""Least number of remembered events, however old they are."""
LEAST_OFF = 8.0
AHEAD, BEHIND, FEW = 0.1, 0.2, 0.04
"""Share of events off in one direction from which it is a jump, and below which it has ended."""
LASTS_MS = 30_000
"""Times behind are reported once they have arrived for this long: a phone back in its network sends many at once."""
PAUSE_MS = 20_000
"""Events after a pause this long may have been held back during it."""
KNOWN, STRAYS = 3.0, 0.005
"""Intervals that define the usual range, and the share of their events to ignore at either end."""
HALF_LIFE_INTERVALS = 2_000.0
WIDER = 2
"""Bins beyond the usual range that are still tolerated: twice the length."""
ADOPTED = 48
"""Closed intervals after which a jump becomes the new usual."""


class ClockSkew(msgspec.Struct, frozen=True):
    """Events whose times are off in one direction: their share of recent events, and the mean offset (ms)."""

    share: float
    by_ms: float


def times_off(off: ClockSkew, usual: tuple[int, int] | None) -> PlainStatistic:
    """Words offset times. `distance` is how long those ahead will recur: until their time comes.

    >>> times_off(ClockSkew(0.5, 3_600_000.0), (-12, 0)).sentence
    'events carry times 1 h ahead (50 % of events), usually up to 1.1 min behind'
    >>> times_off(ClockSkew(1.0, -7_200_000.0), None).now
    '2 h behind (100 % of events)'
    """
    by_ms = round(abs(off.by_ms), -3)
    side = "ahead" if off.by_ms > 0 else "behind"
    now = f"{passed(by_ms)} {side} ({percent(off.share)} of events)"
    return PlainStatistic("events carry times", now, _within(usual), distance=max(0.0, off.by_ms))


def _within(usual: tuple[int, int] | None) -> str:
    if usual is None:
        return "not after they arrive"
    ends = [(-usual[0], "behind"), (usual[1], "ahead")]
    length, side = max(ends)
    return f"up to {lasting(length_ms(length), 2)} {side}" if length > 0 else "less than 1 s off"


class EventClock(msgspec.Struct, array_like=True):
    """Offsets of event times, recent ones weighted most, and those of earlier intervals.

    >>> clock = EventClock()
    >>> for second in range(30):
    ...     hour_ahead = {24: (10.0, 36_000_000.0)}
    ...     counts = EventCounts(events=10, rejects={"future": 10}, offsets=hour_ahead, arrived_ms=second * 1_000)
    ...     clock.note(counts, least_ms=60_000)
    >>> clock.onset_ms, clock.off(60_000).share, round(clock.off(60_000).by_ms)
    (0, 1.0, 3600000)
    """

    recent: dict[int, tuple[float, float]] = {}
    ahead: float = 0.0  # refused, because their times are ahead
    at_ms: int = 0
    usual: dict[int, float] = {}  # by bin, in intervals
    begun_ms: int | None = None  # when times began to be off
    onset_ms: int | None = None  # set while they are off
    paused_ms: int | None = None  # start of the newest pause
    back_ms: int = 0  # end of that pause
    windows: int = 0  # closed intervals during the jump

    def note(self, counts: EventCounts, least_ms: int) -> None:
        """Adds events; begins or ends a jump. Ignores offsets up to `least_ms`."""
        if counts.arrived_ms is None or not counts.offsets:
            return
        self._go_on(counts.arrived_ms)
        self.recent = merged([self.recent, counts.offsets])
        self.ahead += counts.ahead
        now = self.off(least_ms)
        if now.share < FEW:
            self.begun_ms = self.onset_ms = None
            self.windows = 0
            return
        self.begun_ms = counts.arrived_ms if self.begun_ms is None else self.begun_ms
        if self.onset_ms is None and self._jumped(now, least_ms):
            self.onset_ms = self.begun_ms

    def off(self, least_ms: int) -> ClockSkew:
        """Returns the events that are off in the more frequent direction."""
        total = self._events()
        sides = [self._offset_events(least_ms, sign) for sign in (-1, 1)]
        events, by_ms = max(sides)
        return ClockSkew(min(1.0, events / total) if total else 0.0, by_ms)

    def learn(self, offsets: Offsets) -> None:
        """Learns the usual offsets from a closed interval without a jump, or with a lasting one."""
        total = sum(events for events, _ in offsets.values())
        self.windows += self.onset_ms is not None
        if not total or (self.onset_ms is not None and self.windows < ADOPTED):
            return
        weight = 0.5 ** (1 / HALF_LIFE_INTERVALS)
        known = {place: many * weight for place, many in self.usual.items() if many > STRAYS / 100}
        for place, (events, _) in offsets.items():
            known[place] = known.get(place, 0.0) + events / total
        self.usual = known

    def range(self) -> tuple[int, int] | None:
        """Returns the bins that usually hold nearly all events; None while unknown."""
        total = sum(self.usual.values())
        if total < KNOWN * 0.99:
            return None
        return self._end(1, STRAYS * total), self._end(-1, STRAYS * total)

    def _end(self, step: int, strays: float) -> int:
        seen = 0.0
        for place in sorted(self.usual)[::step]:
            seen += self.usual[place]
            if seen > strays:
                return place
        return 0

    def _jumped(self, now: ClockSkew, least_ms: int) -> bool:
        enough = now.share * self._events() >= LEAST_OFF
        if now.by_ms > 0:
            return enough and now.share >= AHEAD
        lasts = self.begun_ms is not None and self.at_ms - self.begun_ms >= LASTS_MS
        return enough and now.share >= BEHIND and lasts and not self._held_back(now.by_ms, least_ms)

    def _held_back(self, by_ms: float, least_ms: int) -> bool:
        """Returns whether events happened during the newest pause, when they could not be sent."""
        happened = self.at_ms + by_ms
        return self.paused_ms is not None and self.paused_ms - least_ms <= happened <= self.back_ms + least_ms

    def _offset_events(self, least_ms: int, sign: int) -> tuple[float, float]:
        """Counts events off in a direction, with the mean of the offsets around the most frequent one (ms)."""
        offsets = {place: many for place, many in self.recent.items() if self._is_off(place * sign, sign, least_ms)}
        events = sum(many for many, _ in offsets.values())
        if not events:
            return 0.0, 0.0
        most = max(offsets, key=lambda place: offsets[place])
        near = [many for place, many in offsets.items() if abs(place - most) <= 1]
        return events, sum(sum_ms for _, sum_ms in near) / sum(many for many, _ in near)

    def _is_off(self, length: int, sign: int, least_ms: int) -> bool:
        if length <= 0 or length_ms(length - 1) <= least_ms:
            return False
        if (known := self.range()) is None:
            return sign > 0 and self.ahead > 0
        return length > WIDER + max(0, known[0] * sign, known[1] * sign)

    def _events(self) -> float:
        return sum(events for events, _ in self.recent.values())

    def _go_on(self, now_ms: int) -> None:
        if self.at_ms and now_ms - self.at_ms > PAUSE_MS:
            self.paused_ms, self.back_ms = self.at_ms, now_ms
        share = 2.0 ** (-max(0, now_ms - self.at_ms) / HALF_LIFE_MS) if self.at_ms else 1.0
        events = self._events()
        weight = max(share, min(1.0, REMEMBERED / events if events else 1.0))
        self.recent = {
            place: (many * weight, ms * weight) for place, (many, ms) in self.recent.items() if many * weight > 0.01
        }
        self.ahead, self.at_ms = self.ahead * weight if self.ahead > 0.01 else 0.0, max(self.at_ms, now_ms)
