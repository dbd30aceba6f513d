"""Runs the dataflow as a child process with a port for its metrics."""

import socket
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

from cli.dashboard import MetricsScrape, parse
from cli.supervision.process import Process
from connectors.errors import ExitCode, HeadraceError
from dataflows.runtime.failing.root_cause import words_of

MAKING_S = 120.0
RECOVERY_PARTITIONS = 1  # for one worker; each further partition costs several fsyncs per snapshot


class RecoveryNotMade(HeadraceError):
    """There is no recovery store and none can be created."""

    exit_code = ExitCode.DISK

    def __init__(self, folder: Path, output: str) -> None:
        for left in folder.glob("part-*.sqlite3"):  # a partial store is worse than none
            left.unlink()
        why = words_of(output) or next(iter(output.strip().splitlines()[-1:]), "no reason given")
        super().__init__(f"{folder}: cannot create a recovery store ({why}); hint: free some space there")


@dataclass(frozen=True, slots=True)
class DataflowCommand:
    """The command to run and its additional settings; all files are under one folder."""

    var: Path
    flow: str = "dataflows.features"
    snapshot_seconds: int = 10
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def recovery(self) -> Path:
        """Returns the folder of the recovery store."""
        return self.var / "recovery"

    @property
    def log(self) -> Path:
        """Returns the file with the dataflow's output."""
        return self.var / "headrace.log"

    @property
    def command(self) -> list[str]:
        """Returns the same command that a platform would run."""
        recovery = ["-r", str(self.recovery), "-s", str(self.snapshot_seconds), "-b", "0"]
        return [sys.executable, "-m", "bytewax.run", self.flow, *recovery]


class DataflowProcess(Process):
    """A started dataflow: SIGTERM drains it; after SIGKILL the next run resumes from the last snapshot."""

    def __init__(self, plan: DataflowCommand, descriptors: tuple[int, ...] = ()) -> None:
        """Starts it. It keeps the `descriptors` open (the lock of the folder)."""
        self.plan = plan
        self.port = free_port()
        make_recovery(plan.recovery)
        super().__init__(
            plan.command, plan.log, {**plan.settings, **metrics_settings(self.port, plan.var)}, descriptors
        )

    def reading(self, now: float) -> MetricsScrape | None:
        """Returns its metrics; None while it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=2.0) as page:
                return parse(page.read().decode(), now)
        except (OSError, HTTPException):  # it may end while it answers
            return None


def metrics_settings(port: int, var: Path) -> Mapping[str, str]:
    """Returns environment variables that make Bytewax serve /metrics on `port` and keep its own files in `var`."""
    return {
        "BYTEWAX_DATAFLOW_API_ENABLED": "1",
        "BYTEWAX_DATAFLOW_API_PORT": str(port),
        "BYTEWAX_DATAFLOW_API_CACHE_PATH": str(var),
        "PYTHONUNBUFFERED": "1",
    }


def is_free(port: int) -> bool:
    """Returns whether a TCP port is free; a recently closed one counts as free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Returns a free TCP port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_recovery(folder: Path) -> None:
    """Creates the recovery store if there is none. Raises RecoveryNotMade."""
    if any(folder.glob("part-*.sqlite3")):
        return
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "bytewax.recovery", str(folder), str(RECOVERY_PARTITIONS)]
    # Its own session: Ctrl-C must not leave a partial store.
    process = subprocess.run(
        command, capture_output=True, text=True, check=False, start_new_session=True, timeout=MAKING_S
    )
    if process.returncode:
        raise RecoveryNotMade(folder, process.stderr)
