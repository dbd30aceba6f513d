"""Explains why the dataflow failed: by its last line, the signal that ended it, or the end of its log."""

import signal
from pathlib import Path

from connectors.errors import ExitCode, HeadraceError
from dataflows.runtime.failing.process_end import ENDED

_LAST = 12  # lines of a log that ends without a reason
_SIGNALS = {
    signal.SIGKILL: "most likely out of memory (see the system log), or killed by a user",
    signal.SIGTERM: "a user or the system stopped it",
    signal.SIGXFSZ: "a file exceeded the file size limit of this user (ulimit -f)",
}
_BY_CODE = {
    ExitCode.SERVICE: "the broker or Redis is unreachable or refuses access",
    ExitCode.STATE: "its saved state cannot be used",
    ExitCode.DISK: "a folder is not writable: the disk is full or read-only",
}


class DataflowEnded(HeadraceError):
    """The dataflow ended by itself; the exit code is its own if that has a meaning."""

    def __init__(self, exit_code: int, log: Path) -> None:
        super().__init__(_described(exit_code, log))
        self.exit_code = next((code for code in ExitCode if code == exit_code), ExitCode.NO)


def _described(exit_code: int, log: Path) -> str:
    if exit_code < 0:
        return _by_signal(-exit_code, log)
    lines = log.read_text(errors="replace").splitlines()[-_LAST:] if log.exists() else []
    ended = f"the dataflow failed (exit code {exit_code})"
    if lines and lines[-1].startswith(ENDED):
        return f"{ended}: {lines[-1].split(': ', 2)[2]}; its log is {log}"
    words = "".join(f"\n  {line}" for line in lines)
    meaning = next((f": {says}" for code, says in _BY_CODE.items() if code == exit_code), "")
    return f"{ended}{meaning}; its log is {log}{':' if words else ''}{words}"


def _by_signal(number: int, log: Path) -> str:
    name = signal.Signals(number).name
    why = f" ({_SIGNALS[signal.Signals(number)]})" if number in _SIGNALS else ""
    return f"signal {name} ended the dataflow{why}; the next run resumes from the last snapshot; its log is {log}"
