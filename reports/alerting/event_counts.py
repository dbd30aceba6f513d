"""Counts the events of one source in an interval."""

import msgspec

from reports.alerting.time_offsets import merged
from reports.profiling import newest
from reports.records import Sample

LATE, FUTURE = "late", "future"
"""Reject reasons of events that are too late for their windows, and of events with times ahead."""


class EventCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The events of one source in some part of an interval; parts merge in any order.

    `events` counts all arrived events, including refused ones; `arrived_ms` is the arrival of the last one, by the
    clock that cuts intervals, and `published_ms` its publish time.

    >>> (EventCounts(events=2, rejects={"late": 1}) + EventCounts(events=3, rejects={"late": 2})).rejects
    {'late': 3}
    """

    events: int = 0
    rejects: dict[str, int] = {}
    samples: tuple[Sample, ...] = ()
    newest_ms: int | None = None
    arrived_ms: int | None = None
    published_ms: int | None = None
    offsets: dict[int, tuple[float, float]] = {}  # of event times from publish times, including refused events

    @property
    def ahead(self) -> int:
        """Returns the number of events refused because their times are ahead."""
        return self.rejects.get(FUTURE, 0)

    @property
    def refused(self) -> int:
        """Returns the number of events that could not be read; late events could."""
        return sum(many for reason, many in self.rejects.items() if reason != LATE)

    @property
    def mostly(self) -> str:
        """Returns the most frequent reason of refusals; empty if there are none."""
        return max(sorted(self.rejects), key=lambda reason: (reason != LATE, self.rejects[reason]), default="")

    @property
    def behind_ms(self) -> int | None:
        """Returns how long (ms) after its publishing the newest event was read."""
        if self.arrived_ms is None or self.published_ms is None:
            return None
        return max(0, self.arrived_ms - self.published_ms)

    def __add__(self, other: "EventCounts") -> "EventCounts":
        """Merges two counts; keeps the newest samples."""
        reasons = sorted(self.rejects.keys() | other.rejects.keys())
        return EventCounts(
            events=self.events + other.events,
            rejects={reason: self.rejects.get(reason, 0) + other.rejects.get(reason, 0) for reason in reasons},
            samples=newest((*self.samples, *other.samples)),
            newest_ms=latest(self.newest_ms, other.newest_ms),
            arrived_ms=latest(self.arrived_ms, other.arrived_ms),
            published_ms=latest(self.published_ms, other.published_ms),
            offsets=merged((self.offsets, other.offsets)),
        )

    def dump(self) -> bytes:
        """Encodes the counts as bytes."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def load(cls, data: bytes) -> "EventCounts":
        """Decodes dumped counts."""
        return msgspec.msgpack.decode(data, type=cls)


def latest(first_ms: int | None, second_ms: int | None) -> int | None:
    """Returns the later of two times (ms), either of which may be None."""
    return max((time for time in (first_ms, second_ms) if time is not None), default=None)
