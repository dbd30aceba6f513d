"""Signature and help of `headrace replay`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.commands.options import Processes


def replay(
    first: Annotated[
        str | None, typer.Option("--from", help="Write rows after this event time, or read from these positions on.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="Stop at this event time, or at these positions.")] = None,
    features: Annotated[str | None, typer.Option(help="Comma-separated features to write. Needs --out.")] = None,
    set_name: Annotated[str | None, typer.Option("--set", help="Feature set to write. Needs --out.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write every row as Parquet to this folder, one file per day, instead of to Redis."),
    ] = None,
    topics: Annotated[bool, typer.Option("--topics", help="Write every row to the feature topics.")] = False,
    late: Annotated[
        Literal["accept", "refuse"],
        typer.Option(help="Whether to include events that a live run would have rejected as late."),
    ] = "accept",
    quality: Annotated[
        bool, typer.Option("--quality", help="Also write quality profiles and alerts for the replayed time.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over instead of resuming a stopped replay.")] = False,
    processes: Processes = None,
) -> None:
    """Recompute features from all events in the topics, in the order of event time, write them to Redis, and exit.

    The result does not depend on partitions, sources or batches: every row equals the row that a live run would have
    written if each event had arrived when it happened. Redis receives the last row of each entity; newer rows in Redis
    are kept. With --out or --topics, the replay emits a row for every event time and every window boundary of an
    entity. Times are ISO times or ms since 1970. Positions are SOURCE/PARTITION@POSITION, separated by commas; values
    then include only events from these positions on. At its end, the command prints the number of rejected events by
    source and reason.

    You can run a replay during a live run with the same definitions. If the definitions differ, the replay is refused,
    because it would delete fields. To resume a stopped replay, run it again with the same options.

    Examples:

      headrace replay

      headrace replay --from 2026-01-01 --to 2026-02-01 --out rows/ --features user_orders_24h,user_spend_24h

      HEADRACE_QUALITY_INTERVAL=86400 headrace replay --quality

      HEADRACE_SPECS=my_specs HEADRACE_REDIS_PREFIX=try headrace replay

    Exit code: 0 all events were replayed or rejected; 1 a definition is invalid, or the replay was stopped early; 2 a
    setting or an option is invalid; 3 the broker or Redis is unreachable, or a live run with other definitions uses
    the same Redis prefix.
    """
    from cli.handlers.history.replays import replay as command
    from cli.handlers.history.replays.replay_options import Options

    command.replay(Options(first, end, features, set_name, out, topics, late == "refuse", quality, fresh, processes))
