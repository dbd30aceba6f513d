"""Identifies this process, so that another one on the machine can check whether it still runs."""

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_STARTED = 19  # field of /proc/PID/stat behind the name: ticks since the machine was started


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """`place` is the machine since its last start and the namespace of its process ids; `started` in ticks."""

    host: str
    place: str
    pid: int
    started: str

    @property
    def is_dead(self) -> bool:
        """Whether it is known to be no more: it was of this machine, and its id is unused or another's."""
        return self.place == _place() != "" and self.started != _started(self.pid)


def own_identity() -> ProcessIdentity:
    """This process."""
    return ProcessIdentity(socket.gethostname(), _place(), os.getpid(), _started(os.getpid()))


def _place() -> str:
    """Empty if the system does not report it: then no process is known to be dead."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    return ""


def _started(pid: int) -> str:
    with suppress(OSError, IndexError):
        behind_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if behind_name[0] == "Z" else behind_name[_STARTED]
    return ""
