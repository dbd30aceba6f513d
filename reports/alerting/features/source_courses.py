"""The courses of sources, as a feature remembers them: while they hold, values may follow how many events come."""

import msgspec


class Slope(msgspec.Struct, frozen=True, array_like=True):
    """Of the interval that ended at a time (ms): how many events there are and were, and what else has changed."""

    at_ms: int
    words: str
    moved: bool
    at_once: bool


class SourceCourses(msgspec.Struct, array_like=True):
    """The newest course of each source.

    >>> known = SourceCourses()
    >>> known.note("orders", Slope(120_000, "435 events a minute, 575 within the last 2 h", False, True))
    >>> known.follow(60_000), known.follow(180_000)
    ('orders: 435 events a minute, 575 within the last 2 h', '')
    """

    newest: dict[str, Slope] = {}

    def note(self, source: str, slope: Slope) -> None:
        """Takes note of how a source came up to a time."""
        self.newest[source] = slope

    def follow(self, start_ms: int, *, moved: bool = False) -> str:
        """What values of the interval that begins then may follow, in words; empty if they follow nothing.

        By default they follow it only if nothing else has `moved` in the events.
        """
        held = [(source, slope) for source, slope in sorted(self.newest.items()) if slope.at_ms >= start_ms]
        if not moved and any(slope.moved for _, slope in held):
            return ""
        return next((f"{source}: {slope.words}" for source, slope in held), "")

    def at_once(self) -> bool:
        """Whether values show a change of events at once."""
        return all(slope.at_once for slope in self.newest.values())
