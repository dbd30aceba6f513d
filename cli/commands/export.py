"""Signature and help of `headrace export feast`, `export asyncapi` and `export openlineage`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.commands.options import DefinitionsFolder

Out = Annotated[Path | None, typer.Option(help="File to write.", show_default="standard output", dir_okay=False)]

export = typer.Typer(
    name="export",
    help="""Write the definitions in the format of another tool. Needs neither a broker nor Redis.

    Examples:

      headrace export feast --out feast

      headrace export asyncapi --out asyncapi.yaml

      headrace export openlineage
    """,
    no_args_is_help=True,
)


@export.command()
def feast(
    out: Annotated[Path, typer.Option(help="Folder of the Feast repository.", file_okay=False)],
    folder: DefinitionsFolder = None,
    project: Annotated[str, typer.Option(help="Name of the Feast project.")] = "headrace",
) -> None:
    """Write a Feast repository: entities, a feature view per feature topic, and a feature service per feature set.

    The command rewrites definitions.py on every run. It creates feature_store.yaml once; you can edit this file. Names
    that Feast reserves get a suffix, and the command lists them.

    Examples:

      headrace export feast --out feast && cd feast && feast apply

    Exit code: 0 written; 1 a definition is invalid, or a file that the command did not write is in the way; 2 an
    argument is invalid; 5 the folder is not writable.
    """
    from cli.handlers import export as command

    command.feast(folder, out, project)


@export.command()
def asyncapi(
    folder: DefinitionsFolder = None,
    out: Out = None,
    form: Annotated[
        Literal["json", "yaml"] | None,
        typer.Option("--format", help="Format.", show_default="from the file name, otherwise json"),
    ] = None,
) -> None:
    """Write an AsyncAPI 3.0 document of the topics: source topics, feature topics with their records, dead letters.

    Examples:

      headrace export asyncapi --out asyncapi.yaml

      headrace export asyncapi | jq '.channels | keys'

    Exit code: 0 written; 1 a definition is invalid; 2 an argument is invalid; 5 the file is not writable.
    """
    from cli.handlers import export as command

    command.asyncapi(folder, out, form)


@export.command()
def openlineage(folder: DefinitionsFolder = None, out: Out = None) -> None:
    """Write an OpenLineage JobEvent of the dataflow: its topics and rows, and the columns behind every feature.

    Passwords in addresses are omitted. If HEADRACE_OPENLINEAGE_URL is set, `headrace run` sends its own events.

    Examples:

      headrace export openlineage | curl -d @- -H 'Content-Type: application/json' http://marquez:5000/api/v1/lineage

    Exit code: 0 written; 1 a definition is invalid; 2 an argument is invalid; 5 the file is not writable.
    """
    from cli.handlers import export as command

    command.openlineage(folder, out)
