"""Signature and help of `headrace bump`."""

from typing import Annotated

import typer


def bump(
    names: Annotated[list[str] | None, typer.Argument(help="Names of features or feature sets.")] = None,
    to: Annotated[
        int | None, typer.Option(min=1, help="New version, for a single definition.", show_default="the next version")
    ] = None,
    needed: Annotated[bool, typer.Option("--needed", help="Raise every version that the plan requires.")] = False,
    against: Annotated[
        str,
        typer.Option(help="Reference for --needed: a git revision, a folder, or an exported registry document."),
    ] = "HEAD",
) -> None:
    """Raise the version of features and feature sets in their files.

    The command changes nothing else in a file. A change of values or of the contract needs a new version: with
    --needed, the command raises the version of every definition that `headrace plan` would otherwise refuse.

    Examples:

      headrace bump user_spend_1h

      headrace bump checkout_v1 --to 4

      headrace bump --needed --against origin/main

    Exit code: 0 written, or nothing to raise; 1 a definition is invalid or its file cannot be edited; 2 an argument is
    invalid.
    """
    from cli.handlers.changes import bump as command

    command.bump(names or [], to, against if needed else None)
