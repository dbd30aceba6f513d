"""Tracks the share of refused events of a source, to detect within seconds that a producer changed its format."""

import msgspec

from reports.alerting.event_counts import EventCounts

HALF_LIFE_MS = 20_000
REMEMBERED = 20.0
"""Least number of remembered events, however old they are."""
LEAST_REFUSED = 8.0
MANY, FEW = 0.12, 0.06
"""Share of refused events from which they are sudden and many, and below which they are few again."""
UNUSUAL = 5.0
"""Multiple of the usual share that is unusual."""
LEARNED = 0.2
"""Weight of the newest interval in the usual share."""


class RefusalRate(msgspec.Struct, array_like=True):
    """Received and refused events, recent ones weighted most; `usual` is the share of earlier intervals.

    >>> rate = RefusalRate()
    >>> for second in range(30):
    ...     rate.note(EventCounts(events=10, rejects={"not_json": 10}, arrived_ms=second * 1_000))
    >>> rate.onset_ms, rate.reason
    (0, 'not_json')
    """

    events: float = 0.0
    refused: float = 0.0
    at_ms: int = 0
    usual: float = 0.0
    begun_ms: int | None = None  # when events began to be refused
    onset_ms: int | None = None  # set while many are refused
    reason: str = ""

    @property
    def share(self) -> float:
        """Returns the recent share of refused events."""
        return self.refused / self.events if self.events else 0.0

    @property
    def limit(self) -> float:
        """Returns the share from which refused events are many."""
        return min(0.9, max(MANY, UNUSUAL * self.usual))

    def note(self, counts: EventCounts) -> None:
        """Adds events; begins or ends an incident of refusals."""
        if counts.arrived_ms is None or not counts.events:
            return
        self._fade(counts.arrived_ms)
        self.events += counts.events
        self.refused += counts.refused
        if counts.refused:
            self.reason = counts.mostly
            self.begun_ms = counts.arrived_ms if self.begun_ms is None else self.begun_ms
        if self.onset_ms is None and self.refused >= LEAST_REFUSED and self.share >= self.limit:
            self.onset_ms = self.begun_ms
        elif self.onset_ms is not None and self.share < min(FEW, self.limit / 2):
            self.onset_ms = None
        if self.share < 0.01:
            self.begun_ms = None

    def learn(self, counts: EventCounts) -> None:
        """Learns the usual share from a closed interval without many refused events."""
        if counts.events and self.onset_ms is None:
            self.usual += LEARNED * (counts.refused / counts.events - self.usual)

    def _fade(self, now_ms: int) -> None:
        share = 2.0 ** (-max(0, now_ms - self.at_ms) / HALF_LIFE_MS) if self.at_ms else 1.0
        weight = max(share, min(1.0, REMEMBERED / self.events if self.events else 1.0))
        self.events, self.refused, self.at_ms = self.events * weight, self.refused * weight, max(self.at_ms, now_ms)
