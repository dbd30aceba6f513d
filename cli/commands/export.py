"""Signature and help of `headrace export feast`, `export asyncapi` and `export openlineage`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

Folder = Annotated[
    Path | None, typer.Argument(help="Folder that holds the definitions.", show_default="HEADRACE_SPECS")
]
Out = Annotated[Path | None, typer.Option(help="File to write.", show_default="standard output", dir_okay=False)]

export = typer.Typer(
    name="export",
    help="""Write the definitions in the format of another tool. Needs no broker and no Redis.

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
    folder: Folder = None,
    project: Annotated[str, typer.Option(help="Name of the Feast project.")] = "headrace",
) -> None:
    """Write a Feast repository: entities, a feature view for each feature topic, a feature service for each set.

    definitions.py is written anew each time. feature_store.yaml is made once, and is yours to change. A name that
    Feast keeps to itself gets an addition, which is said.

    Examples:

      headrace export feast --out feast && cd feast && feast apply

    Exit code: 0 written; 1 a definition is wrong, or a file of somebody else is in the way; 2 an argument is wrong;
    5 the folder is not writable.
    """
    from cli.handlers import export as command

    command.feast(folder, out, project)


@export.command()
def asyncapi(
    folder: Folder = None,
    out: Out = None,
    form: Annotated[
        Literal["json", "yaml"] | None, typer.Option("--format", help="Format.", show_default="by the file, else json")
    ] = None,
) -> None:
    """Write the topics as an AsyncAPI 3.0 document: source topics, feature topics with their records, dead letters.

    Examples:

      headrace export asyncapi --out asyncapi.yaml

      headrace export asyncapi | jq '.channels | keys'

    Exit code: 0 written; 1 a definition is wrong; 2 an argument is wrong; 5 the file is not writable.
    """
    from cli.handlers import export as command

    command.asyncapi(folder, out, form)


@export.command()
def openlineage(folder: Folder = None, out: Out = None) -> None:
    """Write the dataflow as an OpenLineage JobEvent: its topics and rows, and the columns behind every feature.

    Passwords in addresses are left out. If HEADRACE_OPENLINEAGE_URL is set, `headrace run` sends events of its own.

    Examples:

      headrace export openlineage | curl -d @- -H 'Content-Type: application/json' http://marquez:5000/api/v1/lineage

    Exit code: 0 written; 1 a definition is wrong; 2 an argument is wrong; 5 the file is not writable.
    """
    from cli.handlers import export as command

    command.openlineage(folder, out)
