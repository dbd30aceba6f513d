"""The one stateful operator: events and time in, folded rows out."""

from dataflows.windows.clocks import CatchUpClock, Clock, Now, WallClock, Watermark, mark_of
from dataflows.windows.deferred_restore import deferred_restore
from dataflows.windows.messages import Item, Late, Outcome, ReemitAll, RunStarted, ShardRows
from dataflows.windows.operator import WindowOperator

__all__ = [
    "CatchUpClock",
    "Clock",
    "Item",
    "Late",
    "Now",
    "Outcome",
    "ReemitAll",
    "RunStarted",
    "ShardRows",
    "WallClock",
    "Watermark",
    "WindowOperator",
    "deferred_restore",
    "mark_of",
]
