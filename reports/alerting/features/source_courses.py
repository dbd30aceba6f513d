"""Remembers the courses of a feature's sources: while they last, values may follow the number of events."""

import msgspec


class Slope(msgspec.Struct, frozen=True, array_like=True):
    """The course of a source's events in an interval that ended at `at_ms`: their numbers, earlier and now, in `words`;
    `moved` if anything else in them changed."""

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
        """Records the slope of a source up to a time."""
        self.newest[source] = slope

    def follow(self, start_ms: int, *, moved: bool = False) -> str:
        """Returns in words which source the values of an interval from `start_ms` may follow; empty if none.

        By default they follow it only if nothing else in the events has `moved`.
        """
        held = [(source, slope) for source, slope in sorted(self.newest.items()) if slope.at_ms >= start_ms]
        if not moved and any(slope.moved for _, slope in held):
            return ""
        return next((f"{source}: {slope.words}" for source, slope in held), "")

    def at_once(self) -> bool:
        """Returns whether values show a change of events at once."""
        return all(slope.at_once for slope in self.newest.values())
