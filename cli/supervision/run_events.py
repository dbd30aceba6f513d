"""Reports the begin and end of a run to the lineage receiver; delays the end of the run by a few seconds at most."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any, Protocol

from connectors.errors import HeadraceError
from governance.publishing.exports.openlineage import EventNotAccepted, RunState

PATIENCE_S = 4.0
"""How long the end of a run waits for its events to be sent (s)."""


class EventSender(Protocol):
    """Sends an event, or raises EventNotAccepted."""

    def send(self, event: dict[str, Any]) -> None:
        """Sends one event."""


class RunEvents:
    """Sends the events of one run in order, in a separate thread.

    `event` creates the event of a state and of a failure's sentence; `report` receives, once, that events are not
    accepted.
    """

    def __init__(
        self, receiver: EventSender, event: Callable[[RunState, str], dict[str, Any]], report: Callable[[str], None]
    ):
        self._receiver, self._event, self._report = receiver, event, report
        self._waiting: SimpleQueue[tuple[RunState, str] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._send, name="run-events", daemon=True)
        self._failed = self._aborted = False

    @contextmanager
    def reporting(self) -> Iterator["RunEvents"]:
        """Reports the begin of a run and its end: drained, aborted, or failed and why."""
        self._thread.start()
        self._waiting.put(("START", ""))
        try:
            yield self
        except Exception as error:
            self._end("FAIL", str(error) if isinstance(error, HeadraceError) else type(error).__name__)
            raise
        except BaseException:
            self._end("ABORT", "")
            raise
        self._end("ABORT" if self._aborted else "COMPLETE", "")

    def abort(self) -> None:
        """Records that the run ended before it had drained."""
        self._aborted = True

    def _end(self, state: RunState, error: str) -> None:
        self._waiting.put((state, error))
        self._waiting.put(None)
        self._thread.join(PATIENCE_S)
        if self._thread.is_alive():
            self._fail(f"no answer within {PATIENCE_S:.0f} s")

    def _send(self) -> None:
        while (event := self._waiting.get()) is not None:
            try:
                self._receiver.send(self._event(*event))
            except EventNotAccepted as error:
                self._fail(str(error))

    def _fail(self, why: str) -> None:
        """Prints the failure once per run, because the next event will most likely fail as well."""
        if not self._failed:
            self._failed = True
            self._report(f"lineage of this run is not sent: {why}; the run continues without it")
