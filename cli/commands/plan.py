"""Signature and help of `headrace plan`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cli.handlers.plan import CostOf


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
    with_cost: Annotated[
        bool, typer.Option("--with-cost", help="Measure what an event and an entity cost before and after.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print a comment for a pull request.")] = False,
) -> None:
    """Show what a change of definitions does before it is merged.

    For each definition, the plan says what changes: its contract (type, entity, topic), its values, how it is judged,
    or only its description. It follows the change to derived features and feature sets, names the state that starts
    over and how long it warms up, checks that readers of the feature topics can go on, and lists who reads what
    changes.

    With --with-cost, it folds made-up events by both: processor time, state and rows in Redis, time of a replay.

    A change of contract or value needs a new version. With --against, a plan needs neither broker nor registry; without
    it, the broker's own strategy decides whether a record may change, against all its versions where it says so. The
    broker and the Redis that are set are asked who reads what changes.

    Examples:

      headrace plan

      headrace plan --against origin/main --markdown > comment.md

      headrace plan --against ../released/feature_specs --json | jq '.changes[].name'

    Exit code: 0 nothing changes; 2 there are changes; 1 a change is refused, or a definition or an argument is wrong.
    """
    from cli.handlers import plan as command

    command.plan(folder, against, _measuring() if with_cost else None, as_json=as_json, as_markdown=as_markdown)


def _measuring() -> "CostOf":
    """Loads the kernels, which a plan without costs does without."""
    from cli.handlers.plan_cost import cost_of

    return cost_of
