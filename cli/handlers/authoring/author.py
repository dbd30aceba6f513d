"""Determines the author of a definition: as requested, or from git."""

import re
from pathlib import Path

from cli.error_reporting import InvalidArgument
from governance.git_output import git_output

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def author(asked: str | None) -> str:
    """Returns the e-mail address of an owner. Raises InvalidArgument."""
    address = _of_git() if asked is None else asked
    if not _EMAIL.fullmatch(address):
        shown = f"{address!r:.80} is not an email address" if address else "user.email is not set in git"
        raise InvalidArgument(f"{shown}; set the owner with --owner risk-team@example.com")
    return address


def _of_git() -> str:
    return (git_output(Path.cwd(), "config", "user.email") or "").strip()
