"""Lists the aggregations by the name that a definition uses.

The kernels update and merge partials (kernels/opcodes.py), so a new aggregation over known partials is one class beside
similar ones, one row here and one row in the tests' oracle.
"""

from collections.abc import Mapping

from dataflows.aggregations.by_time import First, Last, LastK, TimeSinceLast
from dataflows.aggregations.contract import Aggregation
from dataflows.aggregations.sketches import ApproxDistinct, DistinctCount, Quantile
from dataflows.aggregations.statistics import Count, Max, Mean, Min, StandardDeviation, Sum, Variance

AGGREGATIONS: Mapping[str, Aggregation] = {
    "count": Count(),
    "sum": Sum(),
    "mean": Mean(),
    "min": Min(),
    "max": Max(),
    "std": StandardDeviation(),
    "var": Variance(),
    "first": First(),
    "last": Last(),
    "last_k": LastK(),
    "distinct_count": DistinctCount(),
    "approx_distinct": ApproxDistinct(),
    "quantile": Quantile(),
    "time_since_last": TimeSinceLast(),
}
