"""Declares options that several commands share."""

from typing import Annotated

import typer

Processes = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=64,
        help="Number of processes that read and fold events. Default: HEADRACE_HISTORY_PROCESSES, or 1.",
    ),
]
