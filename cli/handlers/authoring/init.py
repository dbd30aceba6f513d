"""Implements `headrace init`: creates a feature repository."""

import shlex
from pathlib import Path

from cli.handlers.authoring.author import author
from cli.terminal import err, out, where
from governance.authoring.scaffolding import init_repository, own_requirement


def init(folder: Path, owner: str | None) -> None:
    """Writes the files and prints the next steps. Raises AlreadyThere and InvalidArgument."""
    requirement = own_requirement()
    for path in init_repository(folder, author(owner), requirement):
        out.print(where(path))
    if requirement.advice:
        err.print(requirement.advice, style="yellow", soft_wrap=True)
    err.print(f"next: `cd {shlex.quote(str(folder))}`, then follow README.md", soft_wrap=True)
