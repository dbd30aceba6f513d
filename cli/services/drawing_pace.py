"""When `headrace render` may work: what fires at once, the rest while nobody else needs the processor."""

from collections.abc import Callable
from dataclasses import dataclass

SPARE = 0.1
"""Share of the processors that has to be idle for drawing what can wait."""
STARVED_S = 30.0
"""After which a picture that can wait is drawn even on a busy machine."""
LOOK_S = 1.0
"""Over which the load is measured."""
MINUTE_S = 60.0


@dataclass(slots=True)
class _Budget:
    """So many a minute; what was not used of a minute can be used at once."""

    a_minute: int
    left: float
    since_s: float

    def has_one(self, now_s: float) -> bool:
        self.left = min(self.a_minute, self.left + (now_s - self.since_s) * self.a_minute / MINUTE_S)
        self.since_s = now_s
        return self.left >= 1


class DrawingPace:
    """Asks `clock` (s) and `spare`, the share of processor time that nobody needed since it was last asked.

    Work that can wait takes no more than `share` of a processor.
    """

    def __init__(
        self, share: float, urgent_a_minute: int, clock: Callable[[], float], spare: Callable[[], float]
    ) -> None:
        self._share, self._clock, self._spare = share, clock, spare
        self._urgent = _Budget(urgent_a_minute, urgent_a_minute, clock())
        self._rests_until_s = self._drawn_s = clock()
        self._looked_s, self._calm = float("-inf"), True

    def may_hurry(self) -> bool:
        """Whether a picture that cannot wait may be drawn."""
        return self._urgent.has_one(self._clock())

    def may_work(self) -> bool:
        """Whether the pause after the last piece of work is over."""
        return self._clock() >= self._rests_until_s

    def may_draw(self) -> bool:
        """Whether a picture that can wait may be drawn now."""
        return self.may_work() and (self._is_calm() or self._clock() >= self._drawn_s + STARVED_S)

    def hurried(self) -> None:
        """A picture that could not wait was drawn."""
        self._urgent.left -= 1

    def worked(self, spent_s: float) -> None:
        """Other work has taken so much of a processor."""
        self._rests_until_s = self._clock() + pause_after(spent_s, self._share)

    def drew(self) -> None:
        """A picture that could wait was drawn."""
        self._drawn_s = self._clock()

    def _is_calm(self) -> bool:
        if self._clock() >= self._looked_s + LOOK_S:
            self._looked_s, self._calm = self._clock(), self._spare() >= SPARE
        return self._calm


def pause_after(worked_s: float, share: float) -> float:
    """Returns the pause (s) after which work has taken the given share of the time.

    >>> pause_after(0.2, share=0.5)
    0.2
    """
    return worked_s * (1 / share - 1)
