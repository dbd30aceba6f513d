"""Signature and help of `headrace baseline`."""

from pathlib import Path
from typing import Annotated

import typer


def baseline(
    name: Annotated[str, typer.Argument(help="Name of the feature.")],
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Measure intervals that start at or after this time.",
            show_default="the first time with full windows",
        ),
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="Measure events before this time.", show_default="the newest")
    ] = None,
    dataset: Annotated[
        Path | None, typer.Option(help="Measure the values in this data set, made by `headrace dataset`, instead.")
    ] = None,
) -> None:
    """Measure the usual distribution of a feature's values and write it to its file as `baseline_profile`.

    The command computes values from the topics and the archive like `headrace replay`. In every interval
    (HEADRACE_QUALITY_INTERVAL), each active entity counts once, with its value after its last event, as in the quality
    reports. The command measures the keys that the file already has, or the default keys of the value type. It then
    checks the baseline against the same intervals and omits keys that would raise an alert. The rest of the file,
    comments included, does not change.

    Examples:

      headrace baseline user_spend_1h --from 2026-01-01 --to 2026-02-01

      headrace baseline user_spend_1h --dataset train.parquet

    Exit code: 0 written; 1 there is nothing to measure, a definition is invalid or its file cannot be edited, or the
    command was stopped; 2 an argument is invalid; 3 the broker is unreachable.
    """
    from cli.handlers.history import baseline as command

    command.baseline(name, start, end, dataset)
