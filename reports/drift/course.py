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

    def threshold(self, mark: Measurement) -> float:
        """What a score has to pass, if the course may go on besides.

        A measure that grows with the square of a change adds up as its root does.

        >>> course = Course({"psi": 0.1, "w1": 0.2}, pace=0.5)
        >>> round(course.threshold(Measurement("psi", 1.0, 0.1, 300, power=2)), 3)
        0.289
        >>> course.threshold(Measurement("w1", 1.0, 0.25, 300)), course.threshold(Measurement("ks", 1.0, 0.1, 300))
        (0.39, 0.1)
        """
        moved = self.moved.get(mark.measure, 0.0)
        if not moved:
            return mark.threshold
        root = 1 / mark.power
        threshold: float = (mark.threshold**root + MARGIN * self.pace * moved**root) ** mark.power
        return threshold
