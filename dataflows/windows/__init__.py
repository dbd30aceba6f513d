"""The one stateful operator: events and time in, folded rows out."""

from dataflows.windows.clocks import CatchUpClock, Clock, Now, WallClock, Watermark, mark_of
from dataflows.windows.deferred_restore import deferred_restore
from dataflows.windows.messages import Item, Late, Outcome, ReemitAll, RunStarted, ShardRows
from dataflows.windows.operator import WindowOperator, is_warming
from dataflows.windows.row_texts import RowTexts
from dataflows.windows.slice_snapshots import DefinitionsChanged
from dataflows.windows.slices import SlicedShard, sliced

__all__ = [
    "CatchUpClock",
    "Clock",
    "DefinitionsChanged",
    "Item",
    "Late",
    "Now",
    "Outcome",
    "ReemitAll",
    "RowTexts",
    "RunStarted",
    "ShardRows",
    "SlicedShard",
    "WallClock",
    "Watermark",
    "WindowOperator",
    "deferred_restore",
    "is_warming",
    "mark_of",
    "sliced",
]
