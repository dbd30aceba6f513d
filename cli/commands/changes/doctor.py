"""Signature and help of `headrace doctor`."""

from pathlib import Path
from typing import Annotated

import typer


def doctor(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder that holds the definitions.", show_default="HEADRACE_SPECS")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare the definitions with every place that holds something of them.

    These are the registry, the newest schemas on the broker, the kept state, the run that is live, and the rows in
    Redis, of which a sample is looked at. The table lists the definitions of which a place holds something else, and
    what to do. Nothing is changed.

    Examples:

      headrace doctor

      headrace doctor --json | jq '.definitions[] | select(.agree | not)'

    Exit code: 0 all agree; 2 some disagree; 1 a place does not answer, or a definition or an argument is wrong.
    """
    from cli.handlers.changes import doctor as command

    command.doctor(folder, as_json=as_json)
