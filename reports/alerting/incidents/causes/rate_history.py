"""How many events of each source were taken in, by interval: tells when more or fewer come since something began."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from reports.alerting.event_counts import LATE
from reports.formats import number
from reports.phrases import passed
from reports.records import SourceReport

KEPT = 96
"""Intervals of each source: those in which a reference may stand still, and more."""
BEFORE = 24
"""Of them, those before something began that tell how many came then."""
SMOOTH, LONG = 3, 6
"""Intervals that are taken together, to see a step, and to see whether slowly more or fewer come."""
STEP = 0.15
"""Share by which fewer or more come at once in a step; what is less goes on slowly, as day and night do."""
FIRST = 5
"""Intervals since something began that tell how many come."""
MOVED = 1.1
"""Ratio from which there are more or fewer."""
CLEAR = 5.0
"""Deviations of counts by chance from which it is none."""
QUIET = 10
"""Part of an interval without events at its end, from which it is none of its source's course."""
SURE = 4.0
"""Those from which a step or a slope is none."""
MINUTE_MS = 60_000
Count = tuple[int, int, int, int]
"""Start and end of an interval (ms), events in it, and for how long there was none at its end (ms)."""


class RateHistory:
    """The numbers of events of each source in its newest intervals."""

    def __init__(self, known: dict[str, list[Count]] | None = None) -> None:
        self.known = known or {}
        self._courses: dict[str, _Course] = {}

    def note(self, report: SourceReport) -> None:
        """Adds a closed interval; one without events says nothing."""
        if report.closed and report.events:
            refused = sum(many for reason, many in report.rejects.items() if reason != LATE)
            entry = report.start_ms, report.end_ms, report.events - refused, report.silent_ms
            self.known[report.source] = [*self.known.get(report.source, ()), entry][-KEPT:]

    def keep(self, sources: Iterable[str]) -> None:
        """Drops sources that are no more."""
        self.known = {name: self.known[name] for name in sources if name in self.known}
        self._courses = {}

    def moved(self, source: str, onset_ms: int) -> str:
        """How many events a minute come since something began, and usually; empty if that has not changed.

        >>> counts = [(at, at + 60_000, 360 if at < 300_000 else 180, 0) for at in range(0, 480_000, 60_000)]
        >>> RateHistory({"orders": counts}).moved("orders", 300_000)
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

    def slope(self, sources: Iterable[str]) -> str:
        """Which of some sources has slowly had more or fewer events, in words; empty if none, or one had a step.

        >>> slowly = [(at, at + 300_000, 3_000 - at // 6_000, 0) for at in range(0, 6_000_000, 300_000)]
        >>> RateHistory({"orders": slowly}).slope(["orders"])
        'orders: 435 events a minute, 575 within the last 1 h 40 min'
        """
        courses = [self._course(source) for source in sources]
        if any(course.stepped for course in courses):
            return ""
        return next((course.slope for course in courses if course.slope), "")

    def _course(self, source: str) -> "_Course":
        """Worked out once an interval, though every report of a feature asks for it."""
        counts, course = self.known.get(source), self._courses.get(source)
        if course is None or course.counts is not counts:
            whole = list(_whole(counts or ()))
            course = self._courses[source] = _Course(counts, _steps(whole), _slope(source, whole))
        return course


@dataclass(frozen=True, slots=True)
class _Course:
    """Whether the events of a source had a step in the noted intervals, and their slope in words."""

    counts: list[Count] | None
    stepped: bool
    slope: str


def _whole(counts: Sequence[Count]) -> Iterator[Count]:
    """Intervals in which events came from begin to end."""
    until_ms = counts[0][0] if counts else 0
    for start_ms, end_ms, events, silent_ms in counts:
        whole = QUIET * silent_ms <= end_ms - start_ms
        if whole and start_ms == until_ms:
            yield start_ms, end_ms, events, silent_ms
        until_ms = end_ms if whole else 0


def _sums(counts: Sequence[Count], over: int) -> list[int]:
    return [sum(events for _, _, events, _ in counts[at : at + over]) for at in range(len(counts) - over + 1)]


def _steps(counts: Sequence[Count]) -> bool:
    sums = _sums(counts, SMOOTH)
    pairs = zip(sums, sums[SMOOTH:], strict=False)
    return any(abs(then - now) > STEP * max(then, now) + SURE * (then + now) ** 0.5 for then, now in pairs)


def _slope(source: str, counts: Sequence[Count]) -> str:
    sums = _sums(counts, LONG)
    if len(sums) <= LONG:
        return ""
    now, then = sums[-1], max(sums, key=lambda one: abs(one - sums[-1]))
    if abs(now - then) < SURE * (now + then) ** 0.5 or max(now, then) < MOVED * min(now, then):
        return ""
    minutes = LONG * (counts[0][1] - counts[0][0]) / MINUTE_MS
    rates = number(round(now / minutes, 1)), number(round(then / minutes, 1))
    return f"{source}: {rates[0]} events a minute, {rates[1]} within the last {passed(counts[-1][1] - counts[0][0])}"


def _a_minute(counts: Sequence[Count]) -> float:
    return median(events / (end_ms - start_ms) * MINUTE_MS for start_ms, end_ms, events, _ in counts)
