"""Signature and help of `headrace plan`."""

from pathlib import Path
from typing import Annotated

import typer


def plan(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder that holds the definitions.", show_default="HEADRACE_SPECS")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            help="What to compare with: a git revision, a folder, or a registry's document.",
            show_default="the registry; HEAD if nothing was registered and no broker is set",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print a comment for a pull request.")] = False,
) -> None:
    """Show what a change of definitions does before it is merged.

    For each definition, the plan says what changes: its contract (type, entity, topic), its values, how it is judged,
    or only its description. It follows the change to derived features and feature sets, names the state that starts
    over and how long it warms up, checks that readers of the feature topics can go on, and lists who reads what
    changes.

    A change of contract or value needs a new version. With --against, a plan needs neither broker nor registry; without
    it, the broker's own strategy decides whether a record may change, against all its versions where it says so.

    Examples:

      headrace plan

      headrace plan --against origin/main --markdown > comment.md

      headrace plan --against ../released/feature_specs --json | jq '.changes[].name'

    Exit code: 0 nothing changes; 2 there are changes; 1 a change is refused, or a definition or an argument is wrong; 3
    the broker is unreachable or refuses access.
    """
    from cli.handlers import plan as command

    command.plan(folder, against, as_json=as_json, as_markdown=as_markdown)
