"""Declares options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
DefinitionsFolder = Annotated[
    Path | None, typer.Argument(help="Folder that holds the definitions.", show_default="HEADRACE_SPECS")
]
Owner = Annotated[str | None, typer.Option(help="Email address of the owner.", show_default="git's user.email")]
Processes = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=64,
        help="Number of processes that read and fold events. Default: HEADRACE_HISTORY_PROCESSES, or 1.",
    ),
]
