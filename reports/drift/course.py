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

    def allowed(self, mark: Measurement) -> float:
        """Returns the part of a score that the course explains if it merely continues.

        >>> course = Course({"psi": 0.1, "w1": 0.2}, pace=1.25)
        >>> round(course.allowed(Measurement("psi", 1.0, 0.1, 300, power=2)), 2)
        0.31
        >>> course.allowed(Measurement("w1", 1.0, 0.25, 300)), course.allowed(Measurement("ks", 1.0, 0.1, 300))
        (0.35, 0.0)
        """
        pace: float = (MARGIN * self.pace) ** mark.power
        return self.moved.get(mark.measure, 0.0) * pace
