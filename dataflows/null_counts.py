"""Counts values that are null because they could not be computed, by feature and reason."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, order=True)
class NulledValues:
    """Values of a feature that became null for one reason, such as `overflow` or `not_finite`, and the rows they are
    in."""

    feature: str
    why: str
    values: int
    rows: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64), compare=False)

    @classmethod
    def at(cls, feature: str, why: str, rows: npt.NDArray[np.int64]) -> "NulledValues":
        """Creates the count for values in these rows."""
        return cls(feature, why, len(rows), rows)
