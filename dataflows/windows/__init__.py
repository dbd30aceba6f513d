"""The one stateful operator: events and time in, folded rows out."""

from dataflows.windows.clocks import CatchUpClock, Clock, Now, WallClock, Watermark, mark_of
from dataflows.windows.deferred_restore import deferred_restore
from dataflows.windows.messages import Item, LateRows, Outcome, ReemitAll, RunStarted, ShardRows
from dataflows.windows.operator import ShardLogic, WindowOperator
from dataflows.windows.row_texts import RowTexts
from dataflows.windows.slice_snapshots import DefinitionsChanged, shard_in
from dataflows.windows.slices import SlicedShard, sliced
from dataflows.windows.warming import WarmUp, last_of, warm_ups

__all__ = [
    "CatchUpClock",
    "Clock",
    "DefinitionsChanged",
    "Item",
    "LateRows",
    "Now",
    "Outcome",
    "ReemitAll",
    "RowTexts",
    "RunStarted",
    "ShardLogic",
    "ShardRows",
    "SlicedShard",
    "WallClock",
    "WarmUp",
    "Watermark",
    "WindowOperator",
    "deferred_restore",
    "last_of",
    "mark_of",
    "shard_in",
    "sliced",
    "warm_ups",
]
