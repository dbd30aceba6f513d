"""A child process with its own log: signalled to stop, awaited, killed."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class Process:
    """A started command. It has a session of its own, so that Ctrl-C reaches it through `ask_to_stop` only."""

    def __init__(
        self, command: Sequence[str], log: Path, settings: Mapping[str, str], descriptors: tuple[int, ...] = ()
    ) -> None:
        """Start it, its log begun anew. `descriptors` are files that it keeps open."""
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
        """Its process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._process.poll()

    def ask_to_stop(self) -> None:
        """SIGTERM."""
        if self.exit_code is None:
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        if self.exit_code is None:
            self._process.kill()
            self._process.wait()

    def wait(self, seconds: float) -> int | None:
        """Its exit code, or None when it still runs after `seconds`."""
        try:
            return self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None
