"""Determines which events a live run would have refused as late when they were published."""

import numpy as np

from dataflows.compiler import TileLayout
from dataflows.kernels import offsets
from dataflows.kernels.arrays import Bools, Bytes, Ints


class Lateness:
    """Detects events of one source that no window of their entity type contained any more on arrival."""

    def __init__(self, layout: TileLayout, source: str) -> None:
        program = layout.programs[source]
        lanes = dict[int, set[int]]()
        for update in program.updates.tolist():
            lanes.setdefault(update[offsets.U_TABLE], set()).add(update[offsets.U_LANE])
        self._tables = [(program.tables[table].tolist(), sorted(lanes[table])) for table in sorted(lanes)]

    def __call__(self, times: Ints, arrivals: Ints, lanes: Bytes) -> Bools:
        """Returns which events were late; times in ms."""
        late = np.ones(len(times), np.bool_)
        for table, of_table in self._tables:
            hop, longest = table[offsets.HOP], table[offsets.WINDOWS + table[offsets.WINDOW_COUNT] - 1]
            end = (times // hop + 1) * hop if hop else np.zeros_like(times)
            late &= ~(lanes[:, of_table].any(axis=1) & (end + longest > arrivals))
        return late
