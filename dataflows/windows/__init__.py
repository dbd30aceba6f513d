"""The one stateful operator: events and time in, folded rows out."""

from dataflows.windows.clocks import Clock, Now, WallClock, Watermark, mark_of
from dataflows.windows.deferred_restore import deferred_restore
from dataflows.windows.messages import Item, Late, Outcome, ReemitAll, RunStarted, ShardRows
from dataflows.windows.operator import WindowOperator, is_warming
from dataflows.windows.row_texts import RowTexts

__all__ = [
    "Clock",
    "Item",
    "Late",
    "Now",
    "Outcome",
    "ReemitAll",
    "RowTexts",
    "RunStarted",
    "ShardRows",
    "WallClock",
    "Watermark",
    "WindowOperator",
    "deferred_restore",
    "is_warming",
    "mark_of",
]
