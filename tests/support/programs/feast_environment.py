"""Runs the real Feast in a separate environment, created once per machine: it shares no package with Headrace."""

import fcntl
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

VERSION = "0.67.0"
HOME = Path.home() / ".cache/headrace" / f"feast-{VERSION}-py{sys.version_info.major}.{sys.version_info.minor}"
MAKING_S, RUNNING_S = 500, 120


class FeastEnvironment:
    """Feast as a program and as a library, in a repository of features."""

    def __init__(self, repository: Path) -> None:
        self.repository = repository

    def apply(self) -> str:
        """Returns the output of `feast apply` on the repository; fails if Feast rejects it."""
        return _run([str(HOME / "bin" / "feast"), "apply"], self.repository, RUNNING_S)

    def answer(self, program: str) -> Any:
        """Returns the JSON that a program prints at its end."""
        return json.loads(
            _run([str(HOME / "bin" / "python"), "-c", program], self.repository, RUNNING_S).splitlines()[-1]
        )


def feast_in(repository: Path) -> FeastEnvironment:
    """Returns Feast in a folder; installs it first if this machine has no complete one, which requires the package
    index."""
    HOME.parent.mkdir(parents=True, exist_ok=True)
    with HOME.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (HOME / "whole").exists():
            _install()
    return FeastEnvironment(repository)


def _install() -> None:
    shutil.rmtree(HOME, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(HOME)], HOME.parent, MAKING_S)
    pip = [str(HOME / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-compile", f"feast=={VERSION}"]
    _run(pip, HOME.parent, MAKING_S)
    (HOME / "whole").touch()


def _run(command: list[str], folder: Path, seconds: float) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, f"{' '.join(command[:4])}: {done.stdout[-2_000:]}{done.stderr[-2_000:]}"
    return done.stdout
