"""Retries an operation on an unavailable service with growing pauses; logs the first failure and the recovery."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from connectors.messages import RunStopped

T = TypeVar("T")

_SLICE_S = 0.1  # how late a stop may be noticed


@dataclass(slots=True)
class Backoff:
    """Pauses after consecutive failures (s): twice as long each time, up to the longest.

    >>> backoff = Backoff(first_s=1, longest_s=5)
    >>> [backoff.after() for _ in range(4)]
    [1, 2, 4, 5]
    """

    first_s: float
    longest_s: float
    pause_s: float = 0.0

    @property
    def failing(self) -> bool:
        """Returns whether the last attempt failed."""
        return self.pause_s > 0

    def after(self) -> float:
        """Returns the pause after one more failure (s)."""
        self.pause_s = min(2 * self.pause_s or self.first_s, self.longest_s)
        return self.pause_s

    def succeeded(self) -> None:
        """Resets the pause after a success."""
        self.pause_s = 0.0


class Retry:
    """Pauses after failures until `stopping()`; then raises the error that `stopped` makes of the reason.

    `back` receives how long it took (s) at the first success after failures.
    """

    def __init__(
        self,
        backoff: Backoff,
        stopping: Callable[[], bool],
        stopped: Callable[[str], RunStopped],
        back: Callable[[float], None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._backoff, self._stopping = backoff, stopping
        self._stopped, self._back, self._sleep = stopped, back, sleep
        self._reason = ""
        self._waited_s = 0.0

    def until_it_works(
        self, attempt: Callable[[], T], failures: tuple[type[Exception], ...], tell: Callable[[Exception], None]
    ) -> T:
        """Returns the result of `attempt`; logs the first of consecutive `failures`. Raises RunStopped."""
        while True:
            try:
                result = attempt()
            except failures as error:
                self.after("it failed", partial(tell, error))
            else:
                self.succeeded()
                return result

    def after(self, reason: str, tell: Callable[[], None]) -> None:
        """Logs a failure if its reason is new, then pauses. Raises RunStopped."""
        if reason != self._reason:
            self._reason = reason
            tell()
        pause_s = self._backoff.after()
        self._pause(pause_s)
        self._waited_s += pause_s

    def succeeded(self) -> None:
        """Records a success."""
        if self._backoff.failing:
            self._back(self._waited_s)
        self._backoff.succeeded()
        self._reason, self._waited_s = "", 0.0

    def check_stopping(self) -> None:
        """Raises RunStopped if the run is stopping."""
        if self._stopping():
            raise self._stopped(self._reason)

    def _pause(self, pause_s: float) -> None:
        left_s = pause_s
        while left_s > 0:
            self.check_stopping()
            self._sleep(min(left_s, _SLICE_S))
            left_s -= _SLICE_S
