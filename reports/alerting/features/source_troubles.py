"""Remembers troubles of sources for a feature: while they last and leave traces, the feature learns nothing."""

import msgspec

TRACE = 10
"""A gap in the events of a window affects it for at most this many times the gap's length."""


class Trouble(msgspec.Struct, frozen=True, array_like=True):
    """A trouble from its onset until it was last seen (ms)."""

    onset_ms: int
    seen_ms: int


class SourceTroubles(msgspec.Struct, array_like=True):
    """The newest trouble of each source.

    >>> known = SourceTroubles()
    >>> known.note("orders", 60_000, 120_000)
    >>> [known.hold(start, start + 60_000, window_ms=600_000) for start in (0, 60_000, 660_000, 720_000)]
    [False, True, True, False]
    """

    newest: dict[str, Trouble] = {}

    def note(self, source: str, onset_ms: int, seen_ms: int) -> None:
        """Records that a source has been in trouble since a time (ms)."""
        known = self.newest.get(source)
        if known is not None and known.seen_ms >= onset_ms:
            onset_ms, seen_ms = min(onset_ms, known.onset_ms), max(seen_ms, known.seen_ms)
        self.newest[source] = Trouble(onset_ms, seen_ms)

    def hold(self, start_ms: int, end_ms: int, window_ms: int) -> bool:
        """Returns whether an interval's values are affected by a trouble, or by its traces in their window (0:
        lifetime)."""
        return any(
            trouble.onset_ms < end_ms
            and start_ms < trouble.seen_ms + traced_ms(trouble.seen_ms - trouble.onset_ms, window_ms)
            for trouble in self.newest.values()
        )


def traced_ms(lasted_ms: int, window_ms: int) -> int:
    """Returns how long (ms) after its end a trouble affects values over a window."""
    return min(window_ms, TRACE * lasted_ms)
