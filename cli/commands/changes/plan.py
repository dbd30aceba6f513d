"""Signature and help of `headrace plan`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.options import AsJson, DefinitionsFolder

if TYPE_CHECKING:
    from cli.handlers.changes.plan import CostOf, ValuesOf


def plan(
    folder: DefinitionsFolder = None,
    against: Annotated[
        str | None,
        typer.Option(
            help="Reference to compare with: a git revision, a folder, or an exported registry document.",
            show_default="the registry; HEAD if nothing is registered and no broker is set",
        ),
    ] = None,
    with_cost: Annotated[
        bool, typer.Option("--with-cost", help="Measure the cost of an event and of an entity before and after.")
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
        str | None, typer.Option("--from", help="With --with-data: compare values after this event time.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="With --with-data: stop at this event time.")] = None,
    plots: Annotated[
        Path, typer.Option(help="With --with-data: folder for charts of the distributions before and after.")
    ] = Path("plan"),
    as_json: AsJson = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the plan as a Markdown comment for a pull request.")
    ] = False,
) -> None:
    """Show the effects of changed definitions before they are merged.

    For each definition, the plan shows what changes: its contract (type, entity, topic), its values, its quality
    checks, or only its description. The plan follows a change to derived features and feature sets, names the state
    that starts over and how long it warms up, checks that readers of the feature topics can continue to read, and
    lists the consumers of everything that changes.

    With --with-cost, the plan runs both versions on generated events and compares processor time, state, rows in
    Redis, and the duration of a replay.

    A change of the contract or of values needs a new version. With --against, the plan needs neither a broker nor a
    registry. Without it, the compatibility strategy of the broker decides whether a record may change, and whether
    the record is checked against all its earlier versions. To find consumers, the plan asks the configured broker and
    Redis.

    With --with-data, one pass over events computes both versions. For each feature whose values change, the plan shows
    how many values are equal, how far the others differ and for which entities, and both distributions; for a new
    feature, it shows a profile. It compares the value of each entity after its last event in every
    HEADRACE_QUALITY_INTERVAL, and at the end. Only a duration reads from a broker.

    Examples:

      headrace plan

      headrace plan --against origin/main --markdown > comment.md

      headrace plan --with-data 2h

      headrace plan --with-data orders=orders.jsonl --with-data logins=logins.jsonl --plots pictures

      headrace plan --with-data archive --from 2026-01-01 --to 2026-02-01

      headrace plan --against ../released/feature_specs --json | jq '.changes[].name'

    Exit code: 0 nothing changes; 2 there are changes; 1 a change is refused, a definition or an argument is invalid,
    or there are no events to compare values over; 3 the broker or the archive is unreachable or refuses access.
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
