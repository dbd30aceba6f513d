"""What runs beside the dataflow: started again when it dies, stopped at the end, never the end of the run."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cli.supervision.process import Process
from cli.terminal import where
from connectors.retry import Backoff

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
STEADY_S = 60.0  # after this its deaths are forgotten
STOP_S = 10.0


@dataclass(frozen=True, slots=True)
class Service:
    """A command of headrace, with settings beside those of this process."""

    name: str
    arguments: Sequence[str]
    log: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def command(self) -> list[str]:
        """Ends with this process."""
        return [sys.executable, "-m", "cli.parent_guard", str(os.getpid()), *self.arguments]


class Sidecar:
    """One service, looked after."""

    def __init__(self, service: Service) -> None:
        self.note = ""
        self._service = service
        self._process: Process | None = None
        self._backoff = Backoff(FIRST_WAIT_S, LONGEST_WAIT_S)
        self._since = self._due = 0.0
        self._stopped = False

    @property
    def pid(self) -> int | None:
        """Its process id; None while it waits to be started."""
        return self._process.pid if self._process else None

    def look(self, now: float) -> None:
        """Start it when it is due (s, monotonic); notice that it has died, or that it has not for a while."""
        if self._stopped:
            return
        if self._process is None:
            self._start(now)
        elif self._process.exit_code is not None:
            self._died(self._process.exit_code, now)
        elif now - self._since > STEADY_S:
            self._backoff.over()
            self.note = ""

    def ask_to_stop(self) -> None:
        """It ends soon and stays ended."""
        self._stopped = True
        if self._process:
            self._process.ask_to_stop()

    def end(self, patience_s: float) -> None:
        """Wait for it, not for ever."""
        if self._process and self._process.wait(patience_s) is None:
            self._process.kill()

    def _start(self, now: float) -> None:
        if now >= self._due:
            self._process = Process(self._service.command, self._service.log, self._service.settings)
            self._since = now

    def _died(self, exit_code: int, now: float) -> None:
        """Its log is kept aside: the next one begins its own."""
        log = self._service.log.replace(self._service.log.with_suffix(".died.log"))
        self._process = None
        self._due = now + self._backoff.after()
        self.note = f"{self._service.name} failed (exit code {exit_code}) and restarts; see {where(log)}"


class Sidecars:
    """All of them."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._all = [Sidecar(service) for service in services]

    def look(self, now: float) -> None:
        """Look after each."""
        for companion in self._all:
            companion.look(now)

    def notes(self) -> list[str]:
        """What is wrong with them."""
        return [companion.note for companion in self._all if companion.note]

    def stop(self, patience_s: float = STOP_S) -> None:
        """Stop all, and return when all have ended."""
        for companion in self._all:
            companion.ask_to_stop()
        for companion in self._all:
            companion.end(patience_s)
