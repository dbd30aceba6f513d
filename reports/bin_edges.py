"""Places the edges and middles of equally wide bins, even if their distance exceeds a double."""

import numpy as np
import numpy.typing as npt

LARGEST = float(np.finfo(np.float64).max)


def bin_places(low: float, width: float, bins: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Returns the positions `bins` widths above `low`, clipped to the largest double.

    >>> bin_places(-0.5, 1.0, np.arange(3.0)).tolist()
    [-0.5, 0.5, 1.5]
    """
    with np.errstate(over="ignore"):  # rounding may push the last position beyond a double; it is clipped
        halves = low / 2 + width / 2 * bins
    return np.clip(halves, -LARGEST / 2, LARGEST / 2) * 2
