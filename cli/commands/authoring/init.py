"""Signature and help of `headrace init`."""

from pathlib import Path
from typing import Annotated

import typer


def init(
    folder: Annotated[Path, typer.Argument(help="Folder of the new repository.")],
    owner: Annotated[
        str | None, typer.Option(help="E-mail address of the first owner.", show_default="git's user.email")
    ] = None,
) -> None:
    """Make a feature repository: a source, a feature, a feature set, settings, and CI for GitHub and GitLab.

    Files that are there already are left as they are: if one is in the way, nothing is written.

    Examples:

      headrace init my-features

      cd my-features && headrace validate && headrace test

    Exit code: 0 made; 1 a file is in the way; 2 an argument is wrong; 5 the folder is not writable.
    """
    from cli.handlers.authoring import init as command

    command.init(folder, owner)
