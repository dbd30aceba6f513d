"""Scores how far an interval is from its baseline and from earlier intervals: one visible table of measures each.

A measure is a class with the `kinds` of values it applies to and `measure`; once in its table it is scored, shown and
judged.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, TypeVar

from reports.drift import baseline_metrics as base
from reports.drift import reference_metrics as ref
from reports.drift.comparison import BaselineComparison, Measurement, ReferenceComparison
from reports.drift.course import Course
from reports.profiling import ProfileKind
from reports.records import Score

Sides = TypeVar("Sides", BaselineComparison, ReferenceComparison)
Sides_contra = TypeVar("Sides_contra", BaselineComparison, ReferenceComparison, contravariant=True)


class Measure(Protocol[Sides_contra]):
    """A measure of the distance between two sides."""

    @property
    def kinds(self) -> frozenset[ProfileKind]:
        """Returns the kinds of values it applies to."""

    @property
    def of_rows(self) -> bool:
        """Returns whether rows without a value count."""

    def measure(self, sides: Sides_contra) -> Iterator[Measurement]:
        """Yields its scores; none if it does not apply."""


STEADY = Course({}, pace=0.0)
"""The course of values that do not move by themselves."""
MOST = 1e9
"""Larger scores, and those beyond a double, are capped here."""
AGAINST_BASELINE: tuple[Measure[BaselineComparison], ...] = (
    base.MeanShift(),
    base.StdRatio(),
    base.QuantileShare(),
    base.OutOfRange(),
    base.BaselineNullRatio(),
    base.TrueRatio(),
    base.BaselineUniqueRatio(),
)
AGAINST_REFERENCE: tuple[Measure[ReferenceComparison], ...] = (
    ref.Psi(),
    ref.JensenShannon(),
    ref.KolmogorovSmirnov(),
    ref.Wasserstein(),
    ref.LInfinity(),
    ref.NewShare(),
    ref.NullRatio(),
)


def baseline_scores(sides: BaselineComparison, min_rows: int) -> tuple[Score, ...]:
    """Scores the measures whose keys the baseline has; a measure of fewer than `min_rows` values abstains."""
    return tuple(_scores(AGAINST_BASELINE, sides, "baseline", min_rows))


def reference_scores(
    sides: ReferenceComparison, min_rows: int, against: str = "reference", course: Course = STEADY
) -> tuple[Score, ...]:
    """Returns the scores against earlier values; a measure with fewer than `min_rows` values on either side abstains.

    The thresholds rise by what a `course` explains.
    """
    return tuple(_scores(AGAINST_REFERENCE, sides, against, min_rows, course))


def movement(sides: ReferenceComparison, min_rows: int) -> Mapping[str, float]:
    """Returns by how much one side differs from the other, by measure, without the usual effect of chance."""
    return {
        result.measure: math.sqrt(max(0.0, result.score**2 - (result.chance / 2) ** 2))
        for result in _measurements(AGAINST_REFERENCE, sides, min_rows)
    }


def _scores(
    measures: Iterable[Measure[Sides]], sides: Sides, against: str, min_rows: int, course: Course = STEADY
) -> Iterator[Score]:
    for result in _measurements(measures, sides, min_rows):
        yield _score(result._replace(threshold=course.threshold(result)), against)


def _measurements(measures: Iterable[Measure[Sides]], sides: Sides, min_rows: int) -> Iterator[Measurement]:
    for measure in measures:
        if sides.now.kind in measure.kinds and sides.least(measure.of_rows) >= max(min_rows, 1):
            for result in measure.measure(sides):
                if not math.isnan(result.score) and not math.isnan(result.threshold):
                    yield result


def _score(result: Measurement, against: str) -> Score:
    return Score(
        measure=result.measure,
        against=against,
        score=min(result.score, MOST),
        threshold=min(result.threshold, MOST),
        n=result.n,
        over=result.score > result.threshold,
    )
