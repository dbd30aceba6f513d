"""Bounds the values of a feature by their type and aggregation."""

import math

from dataflows.definitions.model.feature import FeatureSpec
from dataflows.definitions.model.value_types import element_type

Bounds = tuple[float, float]
NEVER_NEGATIVE = frozenset({"count", "distinct_count", "approx_distinct", "std", "var", "time_since_last"})
FLOAT_MOST = 3.4028234663852886e38
YEAR_1_S, YEAR_10000_S = -62_135_596_800, 253_402_300_800
OF_TYPE: dict[str, Bounds] = {
    "INT32": (-(2**31), 2**31 - 1),
    "INT64": (-(2**63), 2**63 - 1),
    "FLOAT": (-FLOAT_MOST, FLOAT_MOST),
    "TIMESTAMP": (YEAR_1_S, YEAR_10000_S),  # as profiled: in seconds since 1970
}


def range_of(spec: FeatureSpec) -> Bounds:
    """Returns the least and the greatest value of the type; for an array, of its length."""
    if element_type(spec.value_type) is not None:
        return 0, 2**32 - 1
    return OF_TYPE.get(spec.value_type, (-math.inf, math.inf))


def least_of(spec: FeatureSpec) -> float:
    """Returns the least possible value."""
    low = range_of(spec)[0]
    return max(low, 0) if spec.aggregation in NEVER_NEGATIVE else low
