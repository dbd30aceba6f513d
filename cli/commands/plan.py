"""Signature and help of `headrace plan`."""

from pathlib import Path
from typing import Annotated

import typer


def plan(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder that holds the definitions.", show_default="HEADRACE_SPECS")
    ] = None,
    against: Annotated[
        str, typer.Option(help="What to compare with: a git revision, a folder, or a registry's document.")
    ] = "HEAD",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print a comment for a pull request.")] = False,
) -> None:
    """Show what a change of definitions does before it is merged.

    Says of each definition what changes and what kind of change it is: of the contract (type, entity, topic), of values,
    of quality, or of descriptions; what follows for derived features and sets; which state starts over and for how long
    it warms up; whether readers of the feature topics can go on; and who reads what changes.

    A change of contract or value needs a new version. Needs no broker and no Redis.

    Examples:

      headrace plan

      headrace plan --against origin/main --markdown > comment.md

      headrace plan --against ../released/feature_specs --json | jq '.changes[].name'

    Exit code: 0 nothing changes; 2 there are changes; 1 a change is refused, or a definition or an argument is wrong.
    """
    from cli.handlers import plan as command

    command.plan(folder, against, as_json=as_json, as_markdown=as_markdown)
