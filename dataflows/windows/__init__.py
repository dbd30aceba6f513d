"""The one stateful operator: events and time in, folded rows out."""

from dataflows.windows.clocks import Clock, Now, WallClock, Watermark, mark_of
from dataflows.windows.deferred_restore import opening
from dataflows.windows.messages import Item, Late, Outcome, Refill, ShardRows, Wake
from dataflows.windows.operator import Windows

__all__ = [
    "Clock",
    "Item",
    "Late",
    "Now",
    "Outcome",
    "Refill",
    "ShardRows",
    "Wake",
    "WallClock",
    "Watermark",
    "Windows",
    "mark_of",
    "opening",
]
