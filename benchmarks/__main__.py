"""Runs all benchmarks behind the published figures, one after another: `python -m benchmarks`."""

import subprocess
import sys

NAMES = (
    "engine",
    "pipeline",
    "latency",
    "isolation",
    "memory",
    "snapshots",
    "quality",
    "profile",
    "drift",
    "serving",
    "pages",
)

for name in NAMES:
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
