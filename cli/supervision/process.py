"""Runs a child process with its own log: started, asked to stop, awaited, killed."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class Process:
    """A started command. It has its own session, so that Ctrl-C reaches it only through `ask_to_stop`."""

    def __init__(
        self, command: Sequence[str], log: Path, settings: Mapping[str, str], descriptors: tuple[int, ...] = ()
    ) -> None:
        """Starts it with an empty log. It keeps the `descriptors` open."""
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **settings},
                start_new_session=True,
                pass_fds=descriptors,
            )

    @property
    def pid(self) -> int:
        """Returns its process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """Returns its exit code; None while it runs, negative if a signal ended it."""
        return self._process.poll()

    def ask_to_stop(self) -> None:
        """Sends SIGTERM."""
        if self.exit_code is None:
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Sends SIGKILL and waits."""
        if self.exit_code is None:
            self._process.kill()
            self._process.wait()

    def wait(self, seconds: float) -> int | None:
        """Returns its exit code; None if it still runs after `seconds`."""
        try:
            return self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None
