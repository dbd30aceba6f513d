"""Chooses and checks the hop of a window: the length of a tile, and so the step in which old events leave."""

from dataflows.definitions.model.durations import UNITS_MS, format

RUNGS_MS = (1_000, 10_000, 60_000, 300_000, 3_600_000, 21_600_000, 86_400_000)
TILES = 24
MOST_TILES = 10_000
SHORTEST_MS = UNITS_MS["s"]


def default_hop(window_ms: int) -> int:
    """Returns the largest rung (ms) that is at most a 24th of the window and divides it; 1 s if there is none.

    >>> default_hop(7 * 86_400_000) // 3_600_000
    6
    """
    fitting = [rung for rung in RUNGS_MS if rung * TILES <= window_ms and window_ms % rung == 0]
    return max(fitting, default=SHORTEST_MS)


def hop_problem(window_ms: int, hop_ms: int) -> str | None:
    """Describes what is wrong with a hop, as an expectation; None if the hop is valid."""
    if hop_ms < SHORTEST_MS:
        return "a hop of at least 1s"
    if hop_ms > window_ms or window_ms % hop_ms:
        return f"a hop that divides the window of {format(window_ms)}"
    if window_ms // hop_ms > MOST_TILES:
        least = format(-(-window_ms // MOST_TILES))
        return f"at most {MOST_TILES} hops in the window of {format(window_ms)}: at least {least}"
    return None
