"""Signature and help of `headrace registry export` and `headrace registry import`."""

from pathlib import Path
from typing import Annotated

import typer

registry = typer.Typer(
    name="registry",
    help="""Save what is on record, or put a saved state on record.

    Examples:

      headrace registry export --out registry.json

      headrace registry import registry.json
    """,
    no_args_is_help=True,
)


@registry.command("export")
def export_registry(
    out: Annotated[Path | None, typer.Option(help="File to write.", show_default="standard output")] = None,
) -> None:
    """Write what is on record as one JSON document: definitions, and who registered what and when.

    `headrace plan --against registry.json` compares with it where there is no broker.

    Examples:

      headrace registry export --out registry.json

    Exit code: 0 written; 1 the registry is damaged; 2 an argument is wrong; 3 the broker is unreachable or refuses
    access; 5 the file cannot be written.
    """
    from cli.handlers.changes import registry as command

    command.export_registry(out)


@registry.command("import")
def import_registry(
    file: Annotated[Path, typer.Argument(help="What `headrace registry export` wrote.", exists=True, dir_okay=False)],
) -> None:
    """Put an exported state on record, such as after a loss or on another cluster.

    Neither topics nor schemas change: run `headrace register` afterwards. What is on record must not be newer: a state
    that the plan refuses, or that removes something, is not imported.

    Examples:

      headrace registry import registry.json

    Exit code: 0 imported, or nothing to do; 1 refused, or the file is no registry; 2 an argument is wrong; 3 the broker
    is unreachable or refuses access.
    """
    from cli.handlers.changes import registry as command

    command.import_registry(file)
