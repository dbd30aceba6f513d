"""Signature and help of `headrace baseline`."""

from pathlib import Path
from typing import Annotated

import typer


def baseline(
    name: Annotated[str, typer.Argument(help="Name of the feature.")],
    start: Annotated[
        str | None,
        typer.Option("--from", help="Measure intervals from this time on.", show_default="the first whole values"),
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="Measure events before this time.", show_default="the newest")
    ] = None,
    dataset: Annotated[
        Path | None, typer.Option(help="Measure the feature in this data set of `headrace dataset` instead.")
    ] = None,
) -> None:
    """Measure how values of a feature are usually distributed, and write it into its file as `baseline_profile`.

    Events are read from topics and archive and folded as `headrace replay` does. In every interval
    (HEADRACE_QUALITY_INTERVAL), each active entity counts once with its value after its last event, as in the quality
    reports. The keys are those that the file has, or else the usual ones of the type. The baseline is then held against
    the same intervals: a key that would raise an alert is left out. Nothing else changes in the file, and comments
    stay.

    Examples:

      headrace baseline user_spend_1h --from 2026-01-01 --to 2026-02-01

      headrace baseline user_spend_1h --dataset train.parquet

    Exit code: 0 written; 1 there is nothing to measure, a definition is invalid or its file cannot be edited, or the
    command was stopped; 2 an argument is wrong; 3 the broker is unreachable.
    """
    from cli.handlers.history import baseline as command

    command.baseline(name, start, end, dataset)
