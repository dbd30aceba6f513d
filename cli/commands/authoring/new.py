"""Signature and help of `headrace new feature`, `new source` and `new set`."""

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.options import Owner

new = typer.Typer(
    name="new",
    help="""Write a new, valid definition to the folder of definitions.

    Examples:

      headrace new source clicks --sample clicks.jsonl

      headrace new feature user_clicks_1h --source clicks --window 1h

      headrace new feature user_spend_24h --aggregation sum --value amount --window 24h

      headrace new set ranking_v1 user_clicks_1h user_spend_24h
    """,
    no_args_is_help=True,
)


@new.command()
def feature(
    name: Annotated[str, typer.Argument(help="Name of the feature.")],
    source: Annotated[
        str | None, typer.Option(help="Source whose events are aggregated.", show_default="the only one")
    ] = None,
    entity: Annotated[
        str | None, typer.Option(help="Entity by which events are grouped.", show_default="the source's first")
    ] = None,
    aggregation: Annotated[str, typer.Option(help="Aggregation, such as count, sum or last_k.")] = "count",
    value: Annotated[
        str | None,
        typer.Option(
            help="SQL expression over the columns that yields the value to aggregate.",
            show_default="the first column of a suitable type",
        ),
    ] = None,
    window: Annotated[str, typer.Option(help="Window, such as 10m, 24h, 30d or lifetime.")] = "1h",
    owner: Owner = None,
) -> None:
    """Write a feature that is computed from a source.

    Examples:

      headrace new feature user_orders_24h --source orders --aggregation count --window 24h

    Exit code: 0 written; 1 the file already exists or a definition is invalid; 2 an argument is invalid.
    """
    from cli.handlers.authoring import new as command

    command.feature(name, owner, source=source, entity=entity, aggregation=aggregation, value=value, window=window)


@new.command()
def source(
    name: Annotated[str, typer.Argument(help="Name of the source.")],
    sample: Annotated[
        Path, typer.Option(help="File of real events, one JSON object per line.", exists=True, dir_okay=False)
    ],
    topic: Annotated[
        str | None, typer.Option(help="Full name of the raw topic.", show_default="raw-NAME in public/default")
    ] = None,
    time: Annotated[
        str | None, typer.Option(help="Column of the event time.", show_default="the most likely one")
    ] = None,
    entity: Annotated[
        list[str] | None,
        typer.Option(
            help="Column that contains the ids of an entity, or KEY=COLUMN. Repeatable.",
            show_default="columns that end with _id",
        ),
    ] = None,
) -> None:
    """Write a source whose columns are inferred from a sample of real events.

    Examples:

      headrace new source clicks --sample clicks.jsonl

      headrace new source clicks --sample clicks.jsonl --time clicked_at --entity user_id=customer

    Exit code: 0 written; 1 the file already exists or the sample is unusable; 2 an argument is invalid.
    """
    from cli.handlers.authoring import new as command

    command.source(name, topic, sample, time, entity or [])


@new.command("set")
def feature_set(
    name: Annotated[str, typer.Argument(help="Name of the feature set.")],
    features: Annotated[list[str], typer.Argument(help="Names of the features in the set.")],
    owner: Owner = None,
) -> None:
    """Write a feature set.

    Examples:

      headrace new set ranking_v1 user_clicks_1h user_spend_24h

    Exit code: 0 written; 1 the file already exists or a definition is invalid; 2 an argument is invalid.
    """
    from cli.handlers.authoring import new as command

    command.feature_set(name, owner, features)
