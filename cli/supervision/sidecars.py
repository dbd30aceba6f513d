"""Runs services beside the dataflow: restarted when they die, stopped at the end, never ending the run."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cli.supervision.process import Process
from cli.terminal import where
from connectors.retry import Backoff

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
STEADY_S = 60.0  # uptime after which earlier deaths are forgotten
STOP_S = 10.0


@dataclass(frozen=True, slots=True)
class Service:
    """A headrace command with additional settings."""

    name: str
    arguments: Sequence[str]
    log: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def command(self) -> list[str]:
        """Returns the command, which ends with this process."""
        return [sys.executable, "-m", "cli.parent_guard", str(os.getpid()), *self.arguments]


class Sidecar:
    """One supervised service."""

    def __init__(self, service: Service) -> None:
        self.note = ""
        self._service = service
        self._process: Process | None = None
        self._backoff = Backoff(FIRST_WAIT_S, LONGEST_WAIT_S)
        self._since = self._due = 0.0
        self._stopped = False

    @property
    def pid(self) -> int | None:
        """Returns its process id; None while it waits to be started."""
        return self._process.pid if self._process else None

    def look(self, now: float) -> None:
        """Starts it when due (s, monotonic); detects that it died, or that it has been steady."""
        if self._stopped:
            return
        if self._process is None:
            self._start(now)
        elif self._process.exit_code is not None:
            self._died(self._process.exit_code, now)
        elif now - self._since > STEADY_S:
            self._backoff.succeeded()
            self.note = ""

    def ask_to_stop(self) -> None:
        """Asks it to end for good."""
        self._stopped = True
        if self._process:
            self._process.ask_to_stop()

    def end(self, patience_s: float) -> None:
        """Waits for its end; kills it after `patience_s`."""
        if self._process and self._process.wait(patience_s) is None:
            self._process.kill()

    def _start(self, now: float) -> None:
        if now >= self._due:
            self._process = Process(self._service.command, self._service.log, self._service.settings)
            self._since = now

    def _died(self, exit_code: int, now: float) -> None:
        """Records its death, and keeps its log aside, because the next start overwrites it."""
        log = self._service.log.replace(self._service.log.with_suffix(".died.log"))
        self._process = None
        self._due = now + self._backoff.after()
        self.note = f"{self._service.name} failed (exit code {exit_code}) and restarts; see {where(log)}"


class Sidecars:
    """All services."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._all = [Sidecar(service) for service in services]

    def look(self, now: float) -> None:
        """Looks after each of them."""
        for companion in self._all:
            companion.look(now)

    def notes(self) -> list[str]:
        """Returns the current problems."""
        return [companion.note for companion in self._all if companion.note]

    def stop(self, patience_s: float = STOP_S) -> None:
        """Stops all of them, and returns when all have ended."""
        for companion in self._all:
            companion.ask_to_stop()
        for companion in self._all:
            companion.end(patience_s)
