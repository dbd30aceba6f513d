"""Signature and help of `headrace register`."""

from typing import Annotated

import typer

from cli.commands.options import AsJson, DefinitionsFolder


def register(
    folder: DefinitionsFolder = None,
    reason: Annotated[
        str, typer.Option(help="Why a definition is removed or breaks its readers. The reason is recorded.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing. Print the plan against the registry.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Register the definitions: create topics, then schemas, then record the definitions in the registry.

    The command compares the definitions with the registered ones. It registers nothing if the plan refuses a change
    or the broker refuses a schema. A removal or a change of the contract needs a reason, which is recorded.

    Missing topics are created with their partitions, retention and a description. Only one `headrace register` writes
    at a time; others wait. You can interrupt the command and run it again at any time.

    Examples:

      headrace register

      headrace register --reason "the fraud model no longer reads it"

      headrace register --dry-run

    Exit code: 0 registered, or nothing to do; 1 refused, or a definition or an argument is invalid; 3 the broker is
    unreachable or refuses access. With --dry-run, the exit codes of `headrace plan` apply.
    """
    from cli.handlers.changes import register as command

    command.register(folder, reason, dry_run=dry_run, as_json=as_json)
