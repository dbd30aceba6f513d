"""Draws a distribution in one line of text."""

from collections.abc import Sequence

_LEVELS = "▁▂▃▄▅▆▇█"
_NONE = "·"
COLUMNS = 20


def sparklines(before: Sequence[int], after: Sequence[int], columns: int = COLUMNS) -> tuple[str, str]:
    """Draws both sides on one scale: the share of values per column; a dot where there is none.

    >>> sparklines([4, 0, 0, 4], [0, 2, 2, 0], 4)
    ('█··█', '·██·')
    """
    sides = [_shares(_joined(counts, columns)) for counts in (before, after)]
    greatest = max(max(side, default=0.0) for side in sides) or 1.0
    old, new = ("".join(_drawn(share / greatest) for share in side) for side in sides)
    return old, new


def _joined(counts: Sequence[int], columns: int) -> list[int]:
    width = max(1, len(counts) // columns)
    return [sum(counts[first : first + width]) for first in range(0, len(counts), width)]


def _shares(counts: Sequence[int]) -> list[float]:
    return [count / (sum(counts) or 1) for count in counts]


def _drawn(height: float) -> str:
    return _LEVELS[min(len(_LEVELS) - 1, int(height * len(_LEVELS)))] if height else _NONE
