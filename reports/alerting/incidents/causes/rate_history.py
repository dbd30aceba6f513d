"""Remembers the number of events of each source by interval, to detect a changed rate since an onset."""

from collections.abc import Iterable, Sequence
from statistics import median

from reports.alerting.event_counts import LATE
from reports.formats import number
from reports.records import SourceReport

KEPT = 96
"""Intervals kept per source: more than those for which a reference may be frozen."""
BEFORE = 24
"""The intervals before an onset that show the earlier number of events."""
FIRST = 5
"""Intervals since an onset that give the new rate."""
MOVED = 1.1
"""Ratio from which a rate has changed."""
CLEAR = 5.0
"""Deviations of counts by chance beyond which a change is real."""
MINUTE_MS = 60_000
Count = tuple[int, int, int, int]
"""Start and end of an interval (ms), its events, and the time without events at its end (ms)."""


class RateHistory:
    """The numbers of events of each source in its newest intervals."""

    def __init__(self, known: dict[str, list[Count]] | None = None) -> None:
        self.known = known or {}

    def note(self, report: SourceReport) -> None:
        """Adds a closed interval; ignores one without events."""
        if report.closed and report.events:
            refused = sum(many for reason, many in report.rejects.items() if reason != LATE)
            entry = report.start_ms, report.end_ms, report.events - refused, report.silent_ms
            self.known[report.source] = [*self.known.get(report.source, ()), entry][-KEPT:]

    def keep(self, sources: Iterable[str]) -> None:
        """Drops sources that no longer exist."""
        self.known = {name: self.known[name] for name in sources if name in self.known}

    def rate_change(self, source: str, onset_ms: int) -> str:
        """Words the events per minute since an onset, and usually; empty if the rate has not changed.

        >>> counts = [(at, at + 60_000, 360 if at < 300_000 else 180, 0) for at in range(0, 480_000, 60_000)]
        >>> RateHistory({"orders": counts}).rate_change("orders", 300_000)
        '180 events a minute, usually 360'
        """
        known = self.known.get(source, ())
        since = [count for count in known if count[0] >= onset_ms][:FIRST]
        before = [count for count in known if count[1] <= onset_ms][-BEFORE:]
        if not since or not before:
            return ""
        now, usual = _a_minute(since[-1:]), _a_minute(before)
        length = (since[-1][1] - since[-1][0]) / MINUTE_MS
        clear = abs(now - usual) * length >= CLEAR * ((now + usual) * length) ** 0.5
        if not clear or 1 / MOVED < (now + 1e-9) / (usual + 1e-9) < MOVED:
            return ""
        return f"{number(round(now, 1))} events a minute, usually {number(round(usual, 1))}"


def _a_minute(counts: Sequence[Count]) -> float:
    return median(events / (end_ms - start_ms) * MINUTE_MS for start_ms, end_ms, events, _ in counts)
