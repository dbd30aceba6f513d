"""Records how long the last start took, from the process start to the first heartbeat: the cost of a restart."""

import os
import time
from pathlib import Path

import redis

_START_TICKS = 19  # of /proc/PID/stat, after the program name


def start_key(prefix: str) -> str:
    """
    >>> start_key("headrace")
    'headrace:_start_seconds'
    """
    return f"{prefix}:_start_seconds"


def note_start(client: redis.Redis, prefix: str) -> None:
    """Records the age of this process (s), if the system reports it. Raises redis.RedisError."""
    if (age := process_age()) is not None:
        client.set(start_key(prefix), f"{age:.3f}")


def last_start(client: redis.Redis, prefix: str) -> float | None:
    """Returns how long the last start took (s); None if unknown. Raises redis.RedisError."""
    noted = client.get(start_key(prefix))
    return float(noted) if isinstance(noted, bytes) else None


def process_age() -> float | None:
    """Returns the age of this process (s); None without /proc."""
    try:
        stat = Path("/proc/self/stat").read_text()
    except OSError:
        return None
    ticks = int(stat.rpartition(")")[2].split()[_START_TICKS])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
