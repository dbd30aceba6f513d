"""Describes the machine behind a published number: processor, memory, system, versions; never a host or user name."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import psutil

PACKAGES = ("bytewax", "polars", "pyarrow", "numba", "numpy", "msgspec", "pulsar-client", "redis", "duckdb")


def facts() -> dict[str, str]:
    """Returns names mapped to plain text, ready for the head of a report.

    >>> facts()["python"]
    '3.11.7'
    """
    return {
        "processor": processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{psutil.virtual_memory().total / 2**30:.1f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
    }


def processor() -> str:
    """Returns the model that the kernel names, or else the architecture."""
    names = [line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _cpuinfo() -> list[str]:
    file = Path("/proc/cpuinfo")
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def load() -> float:
    """Returns the runnable processes over the last minute, per core: above about 0.2 before a run, a number is
    suspect."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)
