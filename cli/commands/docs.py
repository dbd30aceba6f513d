"""Signature and help of `headrace docs`."""

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.options import DefinitionsFolder


def docs(
    out: Annotated[Path, typer.Option(help="Folder of the site.", file_okay=False)],
    folder: DefinitionsFolder = None,
    against: Annotated[
        Path | None,
        typer.Option(
            help="Exported registry document whose history is shown.",
            show_default="the registry, if anything is registered",
            dir_okay=False,
            exists=True,
        ),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live/--no-live", help="Add current quality and values, read from Redis.")
    ] = False,
) -> None:
    """Write a static site that lists every feature, feature set and source, with full-text search.

    The page of a feature shows its description, owner and definition, where its values come from and who reads them,
    its rules, tests and cost, and its history: who changed it, when and why. The history is read from the registry,
    or from git if nothing is registered. The site is a folder of files: open index.html, or put the folder on any web
    server. It loads no external resources. The same definitions and history produce the same files.

    The command removes files that it wrote earlier and that are no longer needed. It never overwrites other files: if
    one is in the way, it writes nothing.

    Examples:

      headrace docs --out site

      headrace docs --out site --live

      headrace docs --out site --against registry.json

    Exit code: 0 written; 1 a definition is invalid, or a file that is not part of the site is in the way; 2 an
    argument is invalid; 3 with --live, Redis is unreachable; 5 the folder is not writable.
    """
    from cli.handlers import docs as command

    command.docs(folder, out, against, live=live)
