"""The row before: what an entity's value was when it was last seen, for the rule that it goes one way only."""

from typing import Any

import numpy as np
import polars as pl

from dataflows.definitions import Monotonic
from dataflows.kernels.arrays import Bools

MOST = 1_000_000


class LastValues:
    """The newest value of each entity, of up to a million of them (the longest unseen are forgotten first).

    It is not part of the snapshots: after a restart the first row of an entity has no row before it.
    """

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def broken(self, frame: pl.DataFrame, feature: str, rule: Monotonic) -> Bools:
        """Which rows went the wrong way, in the order of the rows; nulls neither break the rule nor count."""
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
    """1 when the value before was greater, -1 when it was less, 0 when they are equal."""
    return int(before > value) - int(before < value)
