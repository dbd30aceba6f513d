"""Runs git in the folder of a test, with an author independent of the configuration."""

import subprocess
from pathlib import Path


def git(folder: Path, *arguments: str, author: str = "Ann") -> str:
    """Runs git and returns its output."""
    who = ["-c", f"user.name={author}", "-c", "user.email=ann@example.com"]
    done = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout


def git_begun(folder: Path, message: str = "first") -> Path:
    """Makes the folder a repository with one commit of all its files."""
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", message)
    return folder
