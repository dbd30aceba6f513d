"""How `headrace traffic` is called."""

from typing import Annotated

import typer


def traffic(
    rate: Annotated[float, typer.Option(min=0.0, help="Events a second.")] = 500.0,
    seed: Annotated[int, typer.Option(help="Seed of the shop: another seed, other events.")] = 1,
    seconds: Annotated[float | None, typer.Option(min=0.0, help="Stop after so long.")] = None,
    history: Annotated[str, typer.Option(metavar="SPAN", help="Past to send first: 30d, 6h.")] = "0",
    history_events: Annotated[int, typer.Option(min=1, help="Events of that past.")] = 200_000,
) -> None:
    """Send a made-up shop's orders and logins to the topics of these two sources, faults included.

    Few users and items do most of the business, amounts have a heavy tail, some payments fail and some are
    refunded, some events are late, repeated, misdated or broken, as in life. --history sends that much of the
    past first, so that windows are full at once.

    Examples:

      headrace traffic --rate 2000 --seconds 60

      headrace traffic --history 30d --seconds 0

    Exit code: 0 stopped; 1 a definition is wrong; 2 a setting is wrong; 3 the broker is not reachable.
    """
    from cli.handlers import traffic as command

    command.traffic(rate, seed, seconds, history, history_events)
