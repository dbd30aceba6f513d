"""Signature and help of `headrace replay`."""

from pathlib import Path
from typing import Annotated, Literal

import typer


def replay(
    first: Annotated[
        str | None, typer.Option("--from", help="Write rows after this event time, or read from these positions.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="Fold events before this event time, or read up to these positions.")
    ] = None,
    features: Annotated[str | None, typer.Option(help="Only these features, separated by commas. Needs --out.")] = None,
    set_name: Annotated[str | None, typer.Option("--set", help="Only the features of this set. Needs --out.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write every row as Parquet into this folder, a file a day, and not to Redis.")
    ] = None,
    topics: Annotated[bool, typer.Option("--topics", help="Write every row to the feature topics.")] = False,
    late: Annotated[
        Literal["accept", "refuse"],
        typer.Option(help="Whether events count that a live run would have called late when they were published."),
    ] = "accept",
    quality: Annotated[
        bool, typer.Option("--quality", help="Also write profiles and alerts for the whole time replayed.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over instead of resuming a stopped replay.")] = False,
    processes: Annotated[
        int | None,
        typer.Option(
            min=1, max=64, help="Number of processes that read and fold. Default: HEADRACE_HISTORY_PROCESSES, or 1."
        ),
    ] = None,
) -> None:
    """Fold everything in the topics at its start in the order of event time, write the features to Redis, and exit.

    Partitions, sources and batches make no difference: every row equals what a live run would have written if each
    event had arrived when it happened. Redis receives one row per entity, the last; a newer row there stays.
    With --out or --topics, a row leaves for every event time and every window boundary of an entity. Times are
    ISO times or ms since 1970; positions are SOURCE/PARTITION@POSITION, separated by commas, and values then count
    events from there. At its end, the command prints the number of rejected events by source and reason.

    A replay beside a live run with the same definitions is safe; with other definitions it is refused, because
    it would delete fields. A replay that was stopped resumes when it is called again with the same options.

    Examples:

      headrace replay

      headrace replay --from 2026-01-01 --to 2026-02-01 --out rows/ --features user_orders_24h,user_spend_24h

      HEADRACE_QUALITY_INTERVAL=86400 headrace replay --quality

      HEADRACE_SPECS=my_specs HEADRACE_REDIS_PREFIX=try headrace replay

    Exit code: 0 all events were replayed, some perhaps rejected; 1 a definition is invalid, or the replay was
    stopped early; 2 a setting or an option is invalid; 3 the broker or Redis is unreachable, or a live run with
    other definitions uses the same Redis prefix.
    """
    from cli.handlers.history import replay as command
    from cli.handlers.history.replay_options import Options

    command.replay(Options(first, end, features, set_name, out, topics, late == "refuse", quality, fresh, processes))
