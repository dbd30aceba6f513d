"""Asks git about a folder; without git, a repository or a commit there is no answer."""

import subprocess
from pathlib import Path

_SECONDS = 120


def git_output(folder: Path, *arguments: str) -> str | None:
    """Returns the output of git; None if git is missing or fails.

    >>> git_output(Path("/"), "rev-parse", "--verify", "--quiet", "no-such-commit") is None
    True
    """
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, check=False, timeout=_SECONDS
        )
    except FileNotFoundError:
        return None
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None
