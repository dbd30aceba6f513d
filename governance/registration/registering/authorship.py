"""Determines who registers, and at which commit: from CI, else git, else the system."""

import getpass
import os
from collections.abc import Mapping
from pathlib import Path

from governance.git_output import git_output
from governance.registration.registry import RegistrationContext

ACTORS = ("GITHUB_ACTOR", "GITLAB_USER_EMAIL", "GITLAB_USER_LOGIN")


def act_of(folder: Path, reason: str, now_ms: int, environment: Mapping[str, str] = os.environ) -> RegistrationContext:
    """Returns the act of registering this folder now."""
    actor = next((environment[name] for name in ACTORS if environment.get(name)), "")
    by = actor or _answer(folder, "config", "user.email") or _user()
    return RegistrationContext(by=by, at=now_ms, commit=_commit(folder), reason=reason)


def _commit(folder: Path) -> str:
    """Returns the current commit, with `-dirty` if the folder differs from it; empty outside a repository."""
    commit = _answer(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    changed = _answer(folder, "status", "--porcelain", "--", ".") if commit else ""
    return f"{commit}-dirty" if changed else commit


def _answer(folder: Path, *arguments: str) -> str:
    """Returns the output of git without its line end; empty if it fails."""
    return (git_output(folder, *arguments) or "").strip()


def _user() -> str:
    """Returns the user name; the user id if it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
