"""Signature and help of `headrace plan`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cli.handlers.changes.plan import CostOf, ValuesOf


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
    with_data: Annotated[
        list[str] | None,
        typer.Option(
            help="Events to compare values over: a duration (the last 2h of the topics), a file of JSON lines, "
            "SOURCE=FILE (repeat it for several sources), or archive.",
            show_default=False,
        ),
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", help="With data: compare values after this event time.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="With data: fold events before this event time, and end there.")
    ] = None,
    plots: Annotated[
        Path, typer.Option(help="With data: folder for pictures of the distributions before and after.")
    ] = Path("plan"),
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

    With --with-data, one pass over events folds the definitions before and after, and the plan says of each feature
    whose values change how many are equal, how far they differ and for whom, and how they are distributed; of a new
    feature, its profile. Values are those of each entity after its last event of every HEADRACE_QUALITY_INTERVAL, and
    at the end. Only a duration reads from a broker.

    Examples:

      headrace plan

      headrace plan --against origin/main --markdown > comment.md

      headrace plan --with-data 2h

      headrace plan --with-data orders=orders.jsonl --with-data logins=logins.jsonl --plots pictures

      headrace plan --with-data archive --from 2026-01-01 --to 2026-02-01

      headrace plan --against ../released/feature_specs --json | jq '.changes[].name'

    Exit code: 0 nothing changes; 2 there are changes; 1 a change is refused, or a definition or an argument is wrong,
    or there are no events to compare values over; 3 the broker or the archive is unreachable, or refuses access.
    """
    from cli.handlers.changes import plan as command

    values_of = _comparing(with_data, first, end, plots) if with_data else None
    cost_of = _measuring() if with_cost else None
    command.plan(folder, against, values_of, cost_of, as_json=as_json, as_markdown=as_markdown)


def _comparing(with_data: list[str], first: str | None, end: str | None, plots: Path) -> "ValuesOf":
    """Loads the engine, which a plan without data does without."""
    from cli.handlers.history.plan_values import PlanValues

    return PlanValues(tuple(with_data), first, end, plots)


def _measuring() -> "CostOf":
    """Loads the kernels, which a plan without costs does without."""
    from cli.handlers.changes.plan_cost import cost_of

    return cost_of
