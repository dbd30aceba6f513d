"""Values as sides of a drift measure, and the scores of one side against another."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from reports.drift.comparison import BaselineComparison, ReferenceComparison
from reports.drift.detector import baseline_scores, reference_scores
from reports.profiling.profile import Profile
from reports.profiling.value_kinds import ProfileKind
from reports.records import Score

Reals = npt.NDArray[np.float64]
MIN_ROWS = 200


def profile_of(values: Any, kind: ProfileKind = "number") -> Profile:
    if isinstance(values, Profile):
        return values
    made = Profile(kind, rules=0)
    made.add(values if isinstance(values, pl.Series) else pl.Series(values), ())
    return made


def against_reference(now: Any, then: Any, kind: ProfileKind = "number", new: float = 0.0) -> dict[str, Score]:
    sides = ReferenceComparison(profile_of(now, kind), profile_of(then, kind), new)
    return {score.measure: score for score in reference_scores(sides, MIN_ROWS)}


def against_baseline(
    now: Any,
    baseline: dict[str, float],
    kind: ProfileKind = "number",
    tails: float = 3.0,
    deviation: float = 0.0,
) -> dict[str, Score]:
    sides = BaselineComparison(profile_of(now, kind), baseline, tails, deviation)
    return {score.measure: score for score in baseline_scores(sides, MIN_ROWS)}


def texts(rng: np.random.Generator, n: int, shares: Sequence[float]) -> list[str]:
    return [f"c{number}" for number in rng.choice(len(shares), n, p=shares)]
