"""Signature and help of `headrace bump`."""

from typing import Annotated

import typer


def bump(
    names: Annotated[list[str] | None, typer.Argument(help="Names of features or feature sets.")] = None,
    to: Annotated[
        int | None, typer.Option(min=1, help="The new version of one definition.", show_default="one more")
    ] = None,
    needed: Annotated[bool, typer.Option("--needed", help="Whatever needs a new version by the plan.")] = False,
    against: Annotated[
        str,
        typer.Option(help="What --needed compares with: a git revision, a folder, or a registry's document."),
    ] = "HEAD",
) -> None:
    """Raise the version of features and feature sets in their files.

    Only the version changes in a file: comments, order and spelling stay. A change of value or contract needs a new
    version; with --needed, every definition gets one that `headrace plan` would refuse otherwise.

    Examples:

      headrace bump user_spend_1h

      headrace bump checkout_v1 --to 4

      headrace bump --needed --against origin/main

    Exit code: 0 written, or nothing to raise; 1 a definition is invalid or its file cannot be edited; 2 an argument is
    wrong.
    """
    from cli.handlers.changes import bump as command

    command.bump(names or [], to, against if needed else None)
