"""Retries a Redis or object store that is unavailable: one warning, growing pauses, one line when it is back."""

import logging
import time
from collections.abc import Callable

from connectors.errors import ExitCode
from connectors.messages import RunStopped
from connectors.retry import Backoff, Retry

_log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 2.0


class StoreRetry:
    """Pauses between attempts on `store`, a name without secrets.

    `after(reason)` logs the reason once and pauses (50 ms, doubling up to 2 s); it raises `RunStopped` as soon as
    `stopping()` turns true. `succeeded()` must be called after every success and logs only if a failure was logged.
    """

    def __init__(
        self,
        store: str,
        stopping: Callable[[], bool],
        sleep: Callable[[float], None] = time.sleep,
        exit_code: ExitCode = ExitCode.SERVICE,
    ) -> None:
        self._store, self._exit_code = store, exit_code
        self._retry = Retry(Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S), stopping, self._stopped, self._back, sleep)

    def after(self, reason: str, detail: str = "") -> None:
        """Logs a failure with its detail, then pauses. Raises RunStopped."""
        message = f"{self._store}: {reason}{detail and f' ({detail})'}; waiting, nothing is lost"
        self._retry.after(reason, lambda: _log.warning("%s", message))

    def succeeded(self) -> None:
        """Records a success."""
        self._retry.succeeded()

    def _stopped(self, reason: str) -> RunStopped:
        return RunStopped(
            f"{self._store}: stopped while waiting: {reason}; nothing is lost, the next start "
            "resumes from the last snapshot and writes it again",
            self._exit_code,
        )

    def _back(self, waited_s: float) -> None:
        _log.info("%s: back after %.1f s of waiting", self._store, waited_s)
