"""Finds since when a state has had events: from its tiles, and from the entities that were longest without an event."""

from dataflows.kernels import offsets
from dataflows.kernels.arrays import Ints, State

LOOKED_AT = 4_096
"""Number of entities whose tiles are sampled: reading all tiles of a large state would delay the start."""


def oldest_event_ms(state: State, tables: Ints) -> int | None:
    """Returns a time (ms) at which some entity had an event, accurate to the hop; None without entities."""
    rows = state.entities[: state.meta[offsets.ROWS]]
    used = rows[rows[:, offsets.LENGTH] != offsets.NONE]
    if not len(used):
        return None
    sample = used[:: max(1, len(used) // LOOKED_AT)]
    heads = (
        (int(hop), sample[:, offsets.HEADS + table]) for table, hop in enumerate(tables[:, offsets.HOP]) if hop > 0
    )
    numbers = ((hop, _oldest_number(state.heap, tiles)) for hop, tiles in heads)
    begun = [hop * number for hop, number in numbers if number is not None]
    return min([int(used[:, offsets.AS_OF].min()), *begun])


def _oldest_number(heap: Ints, tiles: Ints) -> int | None:
    """Returns the lowest tile number in these chains, which begin with the newest tile."""
    tiles, least = tiles[tiles != offsets.NONE], offsets.NEVER
    while len(tiles):
        least = min(least, int(heap[tiles + offsets.NUMBER].min()))
        older = heap[tiles + offsets.NEXT]
        tiles = older[older != offsets.NONE]
    return None if least == offsets.NEVER else least
