"""Signature and help of `headrace traffic`."""

from typing import Annotated

import typer


def traffic(
    rate: Annotated[float, typer.Option(min=0.0, help="Events per second.")] = 500.0,
    seed: Annotated[int, typer.Option(help="Seed of the events; the same seed gives the same events.")] = 1,
    seconds: Annotated[float | None, typer.Option(min=0.0, help="Stop after this many seconds.")] = None,
    history: Annotated[
        str, typer.Option(metavar="SPAN", help="Span of past events to send first, such as 30d or 6h.")
    ] = "0",
    history_events: Annotated[int, typer.Option(min=1, help="Number of past events.")] = 200_000,
) -> None:
    """Send orders and logins of a demo shop to the topics of these sources, faulty events included.

    A few users and items account for most events, amounts have a heavy tail, and some payments fail or are refunded.
    Some events are late, duplicated, misdated or malformed. --history sends past events first, so that windows are
    full from the start.

    Examples:

      headrace traffic --rate 2000 --seconds 60

      headrace traffic --history 30d --seconds 0

    Exit code: 0 stopped; 1 a definition is invalid; 2 a setting is invalid; 3 the broker is unreachable.
    """
    from cli.handlers import traffic as command

    command.traffic(rate, seed, seconds, history, history_events)
