"""Signature and help of `headrace init`."""

from pathlib import Path
from typing import Annotated

import typer


def init(
    folder: Annotated[Path, typer.Argument(help="Folder of the new repository.")],
    owner: Annotated[
        str | None, typer.Option(help="Email address of the first owner.", show_default="git's user.email")
    ] = None,
) -> None:
    """Create a feature repository: a source, a feature, a feature set, settings, and CI for GitHub and GitLab.

    The command never overwrites a file: if one of its files already exists, it writes nothing.

    Examples:

      headrace init my-features

      cd my-features && headrace validate && headrace test

    Exit code: 0 created; 1 a file already exists; 2 an argument is invalid; 5 the folder is not writable.
    """
    from cli.handlers.authoring import init as command

    command.init(folder, owner)
