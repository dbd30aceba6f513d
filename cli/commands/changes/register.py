"""Signature and help of `headrace register`."""

from pathlib import Path
from typing import Annotated

import typer


def register(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder that holds the definitions.", show_default="HEADRACE_SPECS")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why something is removed or breaks readers; it is recorded.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing; print the plan against the registry.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Put the definitions on record: topics, then schemas, then the registry.

    The definitions are planned against what is on record. A change that the plan refuses is not registered, nor is a
    schema that the broker refuses. A removal and a change of contract need a reason, which is recorded.

    Topics that are missing are created, with partitions, retention and what they hold. One register writes at a time;
    another one waits for it. It may be interrupted and run again at any time.

    Examples:

      headrace register

      headrace register --reason "the fraud model no longer reads it"

      headrace register --dry-run

    Exit code: 0 registered, or nothing to do; 1 refused, or a definition or an argument is wrong; 3 the broker is
    unreachable or refuses access. With --dry-run those of `headrace plan`.
    """
    from cli.handlers.changes import register as command

    command.register(folder, reason, dry_run=dry_run, as_json=as_json)
