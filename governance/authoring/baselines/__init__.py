"""Measures baselines: the usual distribution of a feature's values, by the profiles that judge them."""

from governance.authoring.baselines.measuring import (
    BaselineInterval,
    MeasuredBaseline,
    NothingMeasured,
    OmittedKey,
    of_intervals,
    of_profile,
)
from governance.authoring.baselines.sketch import sketch

__all__ = [
    "BaselineInterval",
    "MeasuredBaseline",
    "NothingMeasured",
    "OmittedKey",
    "of_intervals",
    "of_profile",
    "sketch",
]
