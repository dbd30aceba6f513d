"""Where the edges and the middles of bins of equal width are, also where their distance is beyond a double."""

import numpy as np
import numpy.typing as npt

LARGEST = float(np.finfo(np.float64).max)


def bin_places(low: float, width: float, bins: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The places so many bins, whole or not, above `low`; at most the largest double.

    >>> bin_places(-0.5, 1.0, np.arange(3.0)).tolist()
    [-0.5, 0.5, 1.5]
    """
    with np.errstate(over="ignore"):  # the last place may be beyond by a rounding, and is clipped
        halves = low / 2 + width / 2 * bins
    return np.clip(halves, -LARGEST / 2, LARGEST / 2) * 2
