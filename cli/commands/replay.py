"""Signature and help of `headrace replay`."""

from typing import Annotated

import typer


def replay(
    quality: Annotated[
        bool, typer.Option("--quality", help="Also write profiles and alerts for the whole time replayed.")
    ] = False,
) -> None:
    """Run the dataflow over everything in the topics at its start, write the features to Redis, and exit.

    The clock of a replay is the event time that all partitions have reached: features have the values, and expire
    at the times, of a live run, provided that all events of an entity are in one partition of one source and that
    the partitions cover similar spans of time. Otherwise some events count as late and are missing from values:
    docs/replay.md explains why, and what to do. Redis keeps newer values, so a replay beside a live run with the
    same definitions is safe; with other definitions it is refused, because it would delete fields. At its end
    it prints the number of rejected events by source and reason.

    Examples:

      headrace replay

      HEADRACE_QUALITY_INTERVAL=86400 headrace replay --quality

      HEADRACE_SPECS=my_specs HEADRACE_REDIS_PREFIX=try headrace replay

    Exit code: 0 all events were replayed, some perhaps rejected; 1 a definition is invalid, or the replay was
    stopped early; 2 a setting is invalid; 3 the broker or Redis is unreachable, or a live run with other
    definitions uses the same Redis prefix.
    """
    from cli.handlers import replay as command

    command.replay(quality)
