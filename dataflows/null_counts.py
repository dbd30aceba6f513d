"""Values that came out as null because they could not be computed, counted by feature and reason."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Nulled(NamedTuple):
    """How many values of a feature became null for one reason, such as `overflow` or `not_finite`.

    `rows` are the places of those that a row holds, None where values are no rows'.
    """

    feature: str
    why: str
    values: int
    rows: npt.NDArray[np.int64] | None = None
