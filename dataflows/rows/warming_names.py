"""Names the features that are warming up in a row: those without a whole window, and those derived from them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from dataflows.definitions import Feature
from dataflows.kernels.arrays import Ints
from dataflows.windows import WarmUp, last_of


class WarmingNames:
    """Names the warming features of rows from shards that warm up alike; `derived` features come after those they read.

    >>> names = WarmingNames({"b": WarmUp(1, 50), "a": WarmUp(2, 90)}, [])
    >>> names(np.array([49, 50, 90])).to_pylist(), names.since
    (['a,b', 'a', None], {'b': 1, 'a': 2})
    """

    def __init__(self, warming: Mapping[str, WarmUp], derived: Sequence[Feature]) -> None:
        known = dict(warming)
        for feature in derived:
            if read := [known[name] for name in feature.reads if name in known]:
                known[feature.feature_name] = last_of(read)
        by_end = sorted(known, key=lambda name: known[name].whole_ms)
        self.since = {name: warm_up.since_ms for name, warm_up in known.items()}
        self._ends = np.array([known[name].whole_ms for name in by_end], np.int64)
        texts = [",".join(sorted(by_end[place:])) or None for place in range(len(by_end) + 1)]
        self._texts = pa.array(texts, pa.large_string())

    def __call__(self, times: Ints) -> pa.Array:
        """Returns the names for rows of these times (ms); null where nothing warms up."""
        return self._texts.take(pa.array(np.searchsorted(self._ends, times, side="right")))
