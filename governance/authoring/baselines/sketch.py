"""Draws a distribution in one line."""

import numpy as np

from reports.formats import percent, reading
from reports.plain_texts import plain
from reports.profiling import Profile, summary_of

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 32
_LOW, _HIGH = 0.01, 0.99
_TOPS, _LONGEST = 4, 24


def sketch(profile: Profile, value_type: str) -> str:
    """Draws bars of numbers between their first and last percentile, or lists the most frequent values with their
    shares.

    >>> from reports.profiling.examples import profile_of
    >>> sketch(profile_of([True, True, False], "truth"), "BOOL")
    'true 67 %, false 33 %'
    """
    if profile.kind in ("text", "truth"):
        tops = summary_of(profile).top[:_TOPS]
        return ", ".join(f"{plain(top.value, _LONGEST)} {percent(top.count / profile.present)}" for top in tops)
    low, high = profile.quantiles([_LOW, _HIGH])
    ends = [reading(end, value_type) for end in (low, high)]
    if not low < high:
        return f"all {ends[0]}"
    return f"{ends[0]} {_bars(profile, low, high)} {ends[1]}"


def _bars(profile: Profile, low: float, high: float) -> str:
    counts, _ = np.histogram(profile.cells.middles, WIDTH, (low, high), weights=profile.cells.counts)
    heights = np.rint(counts / max(1.0, counts.max()) * (len(BARS) - 1)).astype(int)
    return "".join(BARS[height] for height in heights.tolist())
