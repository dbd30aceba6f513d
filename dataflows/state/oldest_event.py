"""Since when a state has had events: its tiles tell, and the entities that were longest without one."""

from dataflows.kernels import offsets
from dataflows.kernels.arrays import Ints, State

LOOKED_AT = 4_096
"""Entities whose tiles are looked at: those of a large state would hold up its start."""


def oldest_event_ms(state: State, tables: Ints) -> int | None:
    """A time (ms) at which some entity had an event, to the hop of its windows; None without entities."""
    rows = state.entities[: state.meta[offsets.ROWS]]
    used = rows[rows[:, offsets.LENGTH] != offsets.NONE]
    if not len(used):
        return None
    some = used[:: max(1, len(used) // LOOKED_AT)]
    heads = ((int(hop), some[:, offsets.HEADS + table]) for table, hop in enumerate(tables[:, offsets.HOP]) if hop > 0)
    numbers = ((hop, _oldest_number(state.heap, tiles)) for hop, tiles in heads)
    begun = [hop * number for hop, number in numbers if number is not None]
    return min([int(used[:, offsets.AS_OF].min()), *begun])


def _oldest_number(heap: Ints, tiles: Ints) -> int | None:
    """The least number in some chains of tiles, which begin with the newest."""
    tiles, least = tiles[tiles != offsets.NONE], offsets.NEVER
    while len(tiles):
        least = min(least, int(heap[tiles + offsets.NUMBER].min()))
        older = heap[tiles + offsets.NEXT]
        tiles = older[older != offsets.NONE]
    return None if least == offsets.NEVER else least
