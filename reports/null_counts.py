"""Describes values that failed to compute."""

from collections.abc import Mapping

from reports.formats import count, plural


def nulled(counts: Mapping[str, int]) -> str:
    """Words the counts in one line, the most frequent reason first; empty if every value could be computed.

    >>> nulled({"division_by_zero": 2, "overflow": 10})
    '12 values failed to compute: 10 overflow, 2 division by zero'
    """
    if not counts:
        return ""
    reasons = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    listed = ", ".join(f"{count(values)} {why.replace('_', ' ')}" for why, values in reasons)
    total = sum(counts.values())
    return f"{plural(total, 'value')} failed to compute: {listed}"
