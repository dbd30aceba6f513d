"""Signature and help of `headrace registry export` and `headrace registry import`."""

from pathlib import Path
from typing import Annotated

import typer

registry = typer.Typer(
    name="registry",
    help="""Export the registry to a file, or import it from one.

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
    """Export the registry as one JSON document: the definitions, and who registered what and when.

    `headrace plan --against registry.json` compares with this document without a broker.

    Examples:

      headrace registry export --out registry.json

    Exit code: 0 written; 1 the registry is damaged; 2 an argument is invalid; 3 the broker is unreachable or refuses
    access; 5 the file cannot be written.
    """
    from cli.handlers.changes import registry as command

    command.export_registry(out)


@registry.command("import")
def import_registry(
    file: Annotated[
        Path, typer.Argument(help="File written by `headrace registry export`.", exists=True, dir_okay=False)
    ],
) -> None:
    """Import an exported registry, for example after a loss or into another cluster.

    The import changes neither topics nor schemas: run `headrace register` afterwards. The existing registry must not
    be newer: the command refuses a document that removes definitions or makes a change that the plan refuses.

    Examples:

      headrace registry import registry.json

    Exit code: 0 imported, or nothing to do; 1 refused, or the file is not a registry; 2 an argument is invalid; 3 the
    broker is unreachable or refuses access.
    """
    from cli.handlers.changes import registry as command

    command.import_registry(file)
