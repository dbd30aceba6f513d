"""The events of one source in an interval, counted."""

import msgspec

from reports.alerting.time_offsets import merged
from reports.profiling import newest
from reports.records import Sample

LATE, FUTURE = "late", "future"
"""The reasons of events that came too late for their windows, and of those that carry times ahead."""


class EventCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The events of one source in some part of an interval; any parts merge.

    `events` are all that arrived, refused ones included; `arrived_ms` is when the last did, by the clock that intervals
    are cut by, and `published_ms` when it was published.

    >>> (EventCounts(events=2, rejects={"late": 1}) + EventCounts(events=3, rejects={"late": 2})).rejects
    {'late': 3}
    """

    events: int = 0
    rejects: dict[str, int] = {}
    samples: tuple[Sample, ...] = ()
    newest_ms: int | None = None
    arrived_ms: int | None = None
    published_ms: int | None = None
    offsets: dict[int, tuple[float, float]] = {}  # of event times from publish times, of refused ones as well

    @property
    def ahead(self) -> int:
        """Events that were refused because their times are ahead."""
        return self.rejects.get(FUTURE, 0)

    @property
    def refused(self) -> int:
        """Events that could not be read; those that came late could."""
        return sum(many for reason, many in self.rejects.items() if reason != LATE)

    @property
    def mostly(self) -> str:
        """The most frequent reason of refusals; empty without any."""
        return max(sorted(self.rejects), key=lambda reason: (reason != LATE, self.rejects[reason]), default="")

    @property
    def behind_ms(self) -> int | None:
        """How long after it was published the newest event was read."""
        if self.arrived_ms is None or self.published_ms is None:
            return None
        return max(0, self.arrived_ms - self.published_ms)

    def __add__(self, other: "EventCounts") -> "EventCounts":
        """Both; of the samples the newest."""
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
        """As bytes."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def load(cls, data: bytes) -> "EventCounts":
        """What was dumped."""
        return msgspec.msgpack.decode(data, type=cls)


def latest(first_ms: int | None, second_ms: int | None) -> int | None:
    """The later of two times (ms), either of which may not be."""
    return max((time for time in (first_ms, second_ms) if time is not None), default=None)
