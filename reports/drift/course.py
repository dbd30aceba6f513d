"""Predicts how far the usual values move by themselves: values that follow the course of a day keep moving without
drift."""

from collections.abc import Mapping
from dataclasses import dataclass

from reports.drift.comparison import Measurement

MARGIN = 1.4
"""The multiple of its pace at which a course may continue: evenings fall ever faster, then ever slower."""


@dataclass(frozen=True, slots=True)
class Course:
    """The difference between the newer and the older half of a reference, by measure, without chance.

    `pace` is the distance between the interval and its reference, relative to the distance of the halves.
    """

    moved: Mapping[str, float]
    pace: float

    def threshold(self, result: Measurement) -> float:
        """Returns the threshold of a score if the course may continue.

        For a measure that grows with the square of a change, the roots are added.

        >>> course = Course({"psi": 0.1, "w1": 0.2}, pace=0.5)
        >>> round(course.threshold(Measurement("psi", 1.0, 0.1, 300, power=2)), 3)
        0.289
        >>> course.threshold(Measurement("w1", 1.0, 0.25, 300)), course.threshold(Measurement("ks", 1.0, 0.1, 300))
        (0.39, 0.1)
        """
        moved = self.moved.get(result.measure, 0.0)
        if not moved:
            return result.threshold
        root = 1 / result.power
        threshold: float = (result.threshold**root + MARGIN * self.pace * moved**root) ** result.power
        return threshold
