"""Identifies this process, so that another one on the machine can check whether it still runs."""

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_STARTED = 19  # field of /proc/PID/stat after the name: ticks since boot


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """`place` is the machine's boot and the namespace of process ids; `started` is in ticks."""

    host: str
    place: str
    pid: int
    started: str

    @property
    def is_dead(self) -> bool:
        """Returns whether the process is known to be dead: it ran on this machine, and its id is unused or
        reassigned."""
        return self.place == _place() != "" and self.started != _started(self.pid)


def own_identity() -> ProcessIdentity:
    """Returns the identity of this process."""
    return ProcessIdentity(socket.gethostname(), _place(), os.getpid(), _started(os.getpid()))


def _place() -> str:
    """Returns the machine's boot and pid namespace; empty if unknown, so that no process is taken for dead."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    return ""


def _started(pid: int) -> str:
    with suppress(OSError, IndexError):
        behind_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if behind_name[0] == "Z" else behind_name[_STARTED]
    return ""
