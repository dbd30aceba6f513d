"""Patience with a store that is away: one warning, growing pauses, one line when it is back."""

import logging
import time
from collections.abc import Callable

from connectors.errors import ExitCode
from connectors.messages import Stopped

_log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 2.0
_SLICE_S = 0.1  # how late a stop may be noticed


class Waiting:
    """Pauses between attempts on `what`, a name without secrets.

    `after(reason)` says the reason once and pauses (50 ms, doubling up to 2 s); it raises `Stopped` as soon
    as `stopping()` turns true. `over()` is called after every success and speaks only if something was said.
    """

    def __init__(
        self,
        what: str,
        stopping: Callable[[], bool],
        sleep: Callable[[float], None] = time.sleep,
        exit_code: ExitCode = ExitCode.SERVICE,
    ) -> None:
        self._what, self._exit_code = what, exit_code
        self._stopping = stopping
        self._sleep = sleep
        self._reason = ""
        self._pause_s = _FIRST_PAUSE_S
        self._waited_s = 0.0

    def after(self, reason: str, detail: str = "") -> None:
        """Logs a new reason and pauses before the next attempt. Raises Stopped."""
        if reason != self._reason:
            self._reason = reason
            _log.warning("%s: %s%s; waiting, nothing is lost", self._what, reason, detail and f" ({detail})")
        self._rest()
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    def over(self) -> None:
        """Resets the pauses after a success; logs the recovery if a failure was logged."""
        if self._reason:
            _log.info("%s: works again after %.1f s", self._what, self._waited_s)
        self._reason, self._pause_s, self._waited_s = "", _FIRST_PAUSE_S, 0.0

    def _rest(self) -> None:
        left = self._pause_s
        while left > 0:
            if self._stopping():
                raise Stopped(
                    f"{self._what}: stopped while waiting: {self._reason}; nothing is lost, the next start "
                    "resumes from the last snapshot and writes it again",
                    self._exit_code,
                )
            self._sleep(min(left, _SLICE_S))
            left -= _SLICE_S
        self._waited_s += self._pause_s
