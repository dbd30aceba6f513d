"""How far what is usual moves by itself: values that follow the course of a day go on to move, and that is no drift."""

from collections.abc import Mapping
from dataclasses import dataclass

from reports.drift.comparison import Measurement

MARGIN = 1.4
"""Multiple of its pace at which a course may go on: evenings fall ever faster, then ever slower."""


@dataclass(frozen=True, slots=True)
class Course:
    """By how much the newer half of a reference differs from the older, by measure, chance left out.

    `pace` is how much further apart the interval and its reference are than these halves.
    """

    moved: Mapping[str, float]
    pace: float

    def allowed(self, mark: Measurement) -> float:
        """How much of a score the course explains, if it merely goes on.

        >>> course = Course({"psi": 0.1, "w1": 0.2}, pace=1.25)
        >>> round(course.allowed(Measurement("psi", 1.0, 0.1, 300, power=2)), 2)
        0.31
        >>> course.allowed(Measurement("w1", 1.0, 0.25, 300)), course.allowed(Measurement("ks", 1.0, 0.1, 300))
        (0.35, 0.0)
        """
        pace: float = (MARGIN * self.pace) ** mark.power
        return self.moved.get(mark.measure, 0.0) * pace
