"""Signature and help of `headrace history`."""

from typing import Annotated

import typer

from cli.commands.options import AsJson


def history(
    name: Annotated[str, typer.Argument(help="Name of a feature, a feature set or a source.")],
    as_json: AsJson = False,
) -> None:
    """Show who registered a definition, when, at which commit and why, newest last.

    If several definitions share the name, such as a source and a feature, all are shown. `feature/NAME` selects one.

    Examples:

      headrace history user_spend_1h

      headrace history user_spend_1h --json | jq '.entries[-1].reason'

    Exit code: 0 shown; 1 never registered; 2 an argument is invalid; 3 the broker is unreachable or refuses access.
    """
    from cli.handlers.changes import history_of as command

    command.history(name, as_json=as_json)
