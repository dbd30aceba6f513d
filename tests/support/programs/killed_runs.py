"""Kills a command at random points, so that its next run resumes."""

import os
import random
import signal
import subprocess
from collections.abc import Mapping, Sequence


def kill_at_random(
    command: Sequence[str], settings: Mapping[str, str], usual_s: float, rng: random.Random, runs: int
) -> None:
    """Starts a command several times and kills each run within 0.4 to 0.9 of its usual duration; at least one is
    killed."""
    kills = 0
    for _ in range(runs):
        with subprocess.Popen(command, env=os.environ | settings, stderr=subprocess.PIPE, text=True) as running:
            try:
                running.wait(usual_s * (0.4 + 0.5 * rng.random()))
            except subprocess.TimeoutExpired:
                running.send_signal(signal.SIGKILL)
                kills += 1
    assert kills, "every run was over before it could be killed"
