"""`headrace init`: a feature repository from nothing."""

from pathlib import Path

from cli.handlers.authoring.author import author
from cli.terminal import err, out, where
from governance.scaffolding import init_repository


def init(folder: Path, owner: str | None) -> None:
    """Writes the files and says what comes next. Raises AlreadyThere and Mistake."""
    for path in init_repository(folder, author(owner)):
        out.print(where(path))
    err.print(f"next: cd {folder}, then `headrace validate`, `headrace test`, `headrace plan`; README.md says more")
