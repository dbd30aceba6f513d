"""Remembers the last value of each entity, for the rule `monotonic`."""

from typing import Any

import numpy as np
import polars as pl

from dataflows.definitions import Monotonic
from dataflows.kernels.arrays import Bools

MOST = 1_000_000


class LastValues:
    """The newest value of each of up to a million entities; those unseen for longest are forgotten first.

    It is not part of the snapshots: after a restart the first row of an entity has no predecessor.
    """

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def broken(self, frame: pl.DataFrame, feature: str, rule: Monotonic) -> Bools:
        """Returns which rows moved in the wrong direction, in row order; nulls neither break the rule nor count."""
        sign = 1 if rule.direction == "increasing" else -1
        mask = np.zeros(len(frame), np.bool_)
        for row, (entity, gone, value) in enumerate(frame.select("_id", "_gone", feature).iter_rows()):
            before = self._values.pop(entity, None)
            if gone:
                continue
            mask[row] = value is not None and before is not None and _ahead(before, value) * sign > 0
            self._values[entity] = before if value is None else value
        while len(self._values) > MOST:
            del self._values[next(iter(self._values))]
        return mask


def _ahead(before: Any, value: Any) -> int:
    """Compares two values: 1 if the earlier is greater, -1 if it is less, 0 if they are equal."""
    return int(before > value) - int(before < value)
