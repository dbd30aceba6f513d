"""Signature and help of `headrace dataset`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.commands.options import Processes


def dataset(
    spine: Annotated[
        Path | None, typer.Option(help="Spine: a file with an id and a time in each row. .parquet, .csv or .jsonl.")
    ] = None,
    entity: Annotated[
        list[str] | None, typer.Option(help="Column of ids, or COLUMN=ENTITY if the names differ. Repeatable.")
    ] = None,
    time: Annotated[str | None, typer.Option(help="Column of the spine that contains the times.")] = None,
    features: Annotated[
        list[str] | None, typer.Option(help="Comma-separated features. Default: all features of the entities.")
    ] = None,
    set_name: Annotated[
        str | None, typer.Option("--set", help="Feature set, instead of or in addition to --features.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="File to write: .parquet, .csv or .jsonl.")] = None,
    at: Annotated[str | None, typer.Option(help="Without a spine: all entities at this time.")] = None,
    every: Annotated[
        str | None,
        typer.Option(help="Without a spine: all entities at this interval, such as 1h, between --from and --to."),
    ] = None,
    start: Annotated[str | None, typer.Option("--from", help="First time for --every.")] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="Last time for --every, inclusive if it is a multiple.")
    ] = None,
    mode: Annotated[
        Literal["true", "known", "served"],
        typer.Option(
            help="Values to use: true, from all events; known, from events that had arrived at the time; served, as "
            "the feature topics held them at the time."
        ),
    ] = "true",
    lag: Annotated[
        str,
        typer.Option(
            help="Delay between the arrival of an event and its effect: 5s, 250ms, or measured (p99 of a live run)."
        ),
    ] = "0",
    time_unit: Annotated[
        Literal["auto", "s", "ms", "us", "ns"], typer.Option(help="Unit of integers in the time column.")
    ] = "auto",
    leakage: Annotated[
        Path | None, typer.Option(help="File that lists every value that differs between true and known.")
    ] = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Print the expected rows, bytes and minutes; build nothing.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over instead of resuming a stopped command.")] = False,
    verify: Annotated[Path | None, typer.Option(help="Recompute a sample of this data set and compare.")] = None,
    rebuild: Annotated[Path | None, typer.Option(help="Rebuild this data set and compare the content.")] = None,
    sample: Annotated[int, typer.Option(min=1, help="Number of rows for --verify to recompute.")] = 1_000,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the sample. Default: a random one.")] = None,
    processes: Processes = None,
) -> None:
    """Build a training set: add to each row of a spine the features of its entities as of the time in the row.

    A value at time t includes all events before t and none at t or later, exactly like the served value. The columns
    of the spine keep their values and their order. Unknown entities get empty values. Times are integers (seconds, ms,
    us or ns, recognised by their size), ISO 8601 strings or timestamps; times without a zone are UTC.

    The leakage report compares each feature with its value as known at the time, which excludes events that had not
    yet arrived. A manifest, in the metadata of the file and in a file next to it, records definitions, positions and
    content, so that --verify and --rebuild can repeat the computation. To resume a stopped command, run it again.

    Examples:

      headrace dataset --spine labels.parquet --entity user_id --time label_time --out train.parquet

      headrace dataset --spine clicks.csv --entity user_id --entity product=item_id --time at
      --features user_spend_1h,item_orders_1h --mode known --lag 2s --out train.csv

      headrace dataset --entity user_id --every 1d --from 2026-01-01 --to 2026-02-01 --out users.parquet

      headrace dataset --verify train.parquet

    Exit code: 0 written, or equal; 1 stopped, or a value differs; 2 an argument or the spine is invalid, and nothing
    is written; 3 the broker is unreachable.
    """
    from cli.handlers.history.datasets import dataset as command
    from cli.handlers.history.datasets.dataset_options import DatasetFiles, DatasetOptions, DatasetRepeat
    from dataflows.history.datasets.arguments import DatasetArguments

    arguments = DatasetArguments(
        entities=tuple(entity or ()),
        time=time,
        time_unit=time_unit,
        features=tuple(features or ()),
        feature_set=set_name,
        at=at,
        every=every,
        start=start,
        end=end,
        mode=mode,
        lag=lag,
    )
    files, repeat = DatasetFiles(spine, out, leakage), DatasetRepeat(verify, rebuild, sample, seed)
    command.dataset(DatasetOptions(arguments, files, repeat, estimate, fresh, processes))
