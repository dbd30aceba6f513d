"""Values that came out as null because they could not be computed, counted by feature and reason."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, order=True)
class Nulled:
    """How many values of a feature became null for one reason, such as `overflow` or `not_finite`; `rows` are where."""

    feature: str
    why: str
    values: int
    rows: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64), compare=False)

    @classmethod
    def at(cls, feature: str, why: str, rows: npt.NDArray[np.int64]) -> "Nulled":
        """Values of rows at these places."""
        return cls(feature, why, len(rows), rows)
