"""git in a folder of a test, by an author whom nobody configured."""

import subprocess
from pathlib import Path


def git(folder: Path, *arguments: str, author: str = "Ann") -> str:
    """What git prints."""
    who = ["-c", f"user.name={author}", "-c", "user.email=ann@example.com"]
    done = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout


def git_begun(folder: Path, message: str = "first") -> Path:
    """The folder as a repository, with all it holds in one commit."""
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", message)
    return folder
