"""Paces the work of `headrace render`: urgent pictures at once, the rest while the processor is idle."""

from collections.abc import Callable
from dataclasses import dataclass

SPARE = 0.1
"""Share of the processors that must be idle for drawing deferrable pictures."""
STARVED_S = 30.0
"""Time after which a deferrable picture is drawn even on a busy machine (s)."""
LOOK_S = 1.0
"""Period over which the load is measured (s)."""
MINUTE_S = 60.0


@dataclass(slots=True)
class _Budget:
    """A budget per minute; unused parts of a minute can be used at once."""

    a_minute: int
    left: float
    since_s: float

    def has_one(self, now_s: float) -> bool:
        self.left = min(self.a_minute, self.left + (now_s - self.since_s) * self.a_minute / MINUTE_S)
        self.since_s = now_s
        return self.left >= 1


class DrawingPace:
    """Uses `clock` (s) and `spare`, the share of processor time that was idle since its last call.

    Deferrable work takes at most `share` of a processor.
    """

    def __init__(
        self, share: float, urgent_a_minute: int, clock: Callable[[], float], spare: Callable[[], float]
    ) -> None:
        self._share, self._clock, self._spare = share, clock, spare
        self._urgent = _Budget(urgent_a_minute, urgent_a_minute, clock())
        self._rests_until_s = self._drawn_s = clock()
        self._looked_s, self._calm = float("-inf"), True

    def may_hurry(self) -> bool:
        """Returns whether an urgent picture may be drawn."""
        return self._urgent.has_one(self._clock())

    def may_work(self) -> bool:
        """Returns whether the pause after the last unit of work is over."""
        return self._clock() >= self._rests_until_s

    def may_draw(self) -> bool:
        """Returns whether a deferrable picture may be drawn now."""
        return self.may_work() and (self._is_calm() or self._clock() >= self._drawn_s + STARVED_S)

    def hurried(self) -> None:
        """Records an urgent picture."""
        self._urgent.left -= 1

    def worked(self, spent_s: float) -> None:
        """Records other work that took this much of a processor (s)."""
        self._rests_until_s = self._clock() + pause_after(spent_s, self._share)

    def drew(self) -> None:
        """Records a deferrable picture."""
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
