"""Determines who registers, and at which commit: from CI, else git, else the system."""

import getpass
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from governance.registration.registry import RegistrationContext

ACTORS = ("GITHUB_ACTOR", "GITLAB_USER_EMAIL", "GITLAB_USER_LOGIN")


def act_of(folder: Path, reason: str, now_ms: int, environment: Mapping[str, str] = os.environ) -> RegistrationContext:
    """Returns the act of registering this folder now."""
    actor = next((environment[name] for name in ACTORS if environment.get(name)), "")
    by = actor or _git(folder, "config", "user.email") or _user()
    return RegistrationContext(by=by, at=now_ms, commit=_commit(folder), reason=reason)


def _commit(folder: Path) -> str:
    """Returns the current commit, with `-dirty` if the folder differs from it; empty outside a repository."""
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    changed = _git(folder, "status", "--porcelain", "--", ".") if commit else ""
    return f"{commit}-dirty" if changed else commit


def _git(folder: Path, *arguments: str) -> str:
    """Returns git's output; empty if it fails."""
    try:
        answer = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def _user() -> str:
    """Returns the user name; the user id if it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
