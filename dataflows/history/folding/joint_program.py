"""Joins the programs of an entity type's sources, because a walk over history folds all of them together."""

import numpy as np

from dataflows.compiler import TileLayout
from dataflows.kernels import offsets
from dataflows.kernels.arrays import Ints, KernelProgram


def joint_program(layout: TileLayout) -> KernelProgram:
    """Returns the program for events with the values and lanes of all sources side by side, ordered by source."""
    parts, value, lane = list[Ints](), 0, 0
    for source in sorted(layout.feeds):
        updates = layout.programs[source].updates.copy()
        updates[updates[:, offsets.U_VALUE] != offsets.NONE, offsets.U_VALUE] += value
        updates[:, offsets.U_LANE] += lane
        parts.append(updates)
        value, lane = value + len(layout.feeds[source].values), lane + len(layout.feeds[source].selections)
    updates = np.concatenate(parts)
    by_table = np.argsort(updates[:, offsets.U_TABLE], kind="stable")
    return layout.any_program._replace(updates=np.ascontiguousarray(updates[by_table]))


def shortest_stay(program: KernelProgram) -> int:
    """Returns how long (ms) an entity stays at least after an event: the shortest of its tables' longest windows."""
    return min(_longest_windows(program))


def longest_reach(program: KernelProgram) -> int:
    """Returns how far back (ms) a row can see at most, including the tail of its windows."""
    return max(
        window + int(hop) for window, hop in zip(_longest_windows(program), program.tables[:, offsets.HOP], strict=True)
    )


def _longest_windows(program: KernelProgram) -> list[int]:
    return [int(table[offsets.WINDOWS + table[offsets.WINDOW_COUNT] - 1]) for table in program.tables]
