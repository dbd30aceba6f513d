"""Kills a command at random points, so that its next run resumes."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence


def kill_at_random(
    command: Sequence[str], settings: Mapping[str, str], usual_s: float, rng: random.Random, runs: int
) -> None:
    """Starts a command several times and kills each run within 0.4 to 0.9 of its usual duration; at least one is
    killed. A run that is over earlier shortens the usual duration: a busy machine has made it long."""
    kills = 0
    for _ in range(runs):
        begun = time.monotonic()
        with subprocess.Popen(command, env=os.environ | settings, stderr=subprocess.PIPE, text=True) as running:
            try:
                running.wait(usual_s * (0.4 + 0.5 * rng.random()))
                usual_s = min(usual_s, time.monotonic() - begun)
            except subprocess.TimeoutExpired:
                running.send_signal(signal.SIGKILL)
                kills += 1
    assert kills, "every run was over before it could be killed"
