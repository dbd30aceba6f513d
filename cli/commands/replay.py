"""How `headrace replay` is called."""

from typing import Annotated

import typer


def replay(
    quality: Annotated[
        bool, typer.Option("--quality", help="Judge the values too: profiles and alerts of all that time.")
    ] = False,
) -> None:
    """Run the same graph over all that the topics held when it started, into Redis, and end.

    Its clock is the event time that all partitions have reached: features come out with the values, and
    expire at the moments, that a live run gives them, as long as each entity's events are in one partition of
    one source and partitions hold like spans of time. Where they do not, events are called late and values may
    lack some: docs/replay.md says why, and what to do. Redis keeps what is newer, so a replay beside a live run
    with the same definitions does no harm; with others it is refused, because it would delete fields. At its end
    it says how many events were refused, by source and reason.

    Examples:

      headrace replay

      HEADRACE_QUALITY_INTERVAL=86400 headrace replay --quality

      HEADRACE_SPECS=my_specs HEADRACE_REDIS_PREFIX=try headrace replay

    Exit code: 0 all was replayed, refused events or not; 1 a definition is wrong, or it was stopped before the
    end; 2 a setting is wrong; 3 the broker or Redis is not reachable, or a live run with other definitions has
    the prefix.
    """
    from cli.handlers import replay as command

    command.replay(quality)
