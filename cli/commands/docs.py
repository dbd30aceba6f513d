"""Signature and help of `headrace docs`."""

from pathlib import Path
from typing import Annotated

import typer


def docs(
    out: Annotated[Path, typer.Option(help="Folder of the site.", file_okay=False)],
    folder: Annotated[
        Path | None, typer.Argument(help="Folder that holds the definitions.", show_default="HEADRACE_SPECS")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            help="Exported document of the registry, whose history is shown.",
            show_default="the registry, where something was registered",
            dir_okay=False,
            exists=True,
        ),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live/--no-live", help="Add quality and values of now, read from Redis.")
    ] = False,
) -> None:
    """Write a site that shows every feature, feature set and source, and finds them by words.

    A page tells what a feature means, who owns it, its definition, where its values come from and who reads them, its
    rules, tests and cost, and who changed it when and why: by the registry, or by git where nothing was registered.
    The site is a folder of files: open index.html, or put it on any web server. It loads nothing from elsewhere. The
    same definitions and history give the same files.

    Files that an earlier call wrote and that are no longer needed are removed. Other files stay; if one is in the way,
    nothing is written.

    Examples:

      headrace docs --out site

      headrace docs --out site --live

      headrace docs --out site --against registry.json

    Exit code: 0 written; 1 a definition is wrong, or a file of somebody else is in the way; 2 an argument is wrong;
    3 Redis is unreachable, with --live; 5 the folder is not writable.
    """
    from cli.handlers import docs as command

    command.docs(folder, out, against, live=live)
