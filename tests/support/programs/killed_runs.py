"""Kills a command at random points, or as soon as it has written a file, so that its next run resumes."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

DYING = """
import os, runpy, signal, sys
name, sys.argv = sys.argv[1], ["headrace", *sys.argv[2:]]
written = False

def watch(event, arguments):
    global written
    if event in ("open", "os.rename"):
        if written:
            os.kill(os.getpid(), signal.SIGKILL)
        written = any(os.path.basename(str(argument)) == name for argument in arguments[:2])

sys.addaudithook(watch)
runpy.run_module("cli.main", run_name="__main__")
"""
"""Dies before the next operation on a file after the one that has the name."""


def kill_after_writing(name: str, arguments: Sequence[str], settings: Mapping[str, str] | None = None) -> None:
    """Runs a `headrace` command that is killed as soon as it has written a file of this name."""
    command = [sys.executable, "-c", DYING, name, *arguments]
    ended = subprocess.run(command, env=os.environ | (settings or {}), capture_output=True, timeout=300, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


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
