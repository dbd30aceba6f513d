"""Signature and help of `headrace dataset`."""

from pathlib import Path
from typing import Annotated, Literal

import typer


def dataset(
    spine: Annotated[
        Path | None, typer.Option(help="File with a row for each value that is asked: .parquet, .csv or .jsonl.")
    ] = None,
    entity: Annotated[
        list[str] | None, typer.Option(help="Column of ids, or COLUMN=ENTITY if the names differ. May be repeated.")
    ] = None,
    time: Annotated[str | None, typer.Option(help="Column of the spine that holds the times.")] = None,
    features: Annotated[
        list[str] | None, typer.Option(help="Features, separated by commas. Default: all of the entities.")
    ] = None,
    set_name: Annotated[str | None, typer.Option("--set", help="Feature set, instead of or beside --features.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write: .parquet, .csv or .jsonl.")] = None,
    at: Annotated[str | None, typer.Option(help="Without a spine: all entities at this time.")] = None,
    every: Annotated[
        str | None, typer.Option(help="Without a spine: all entities this often, such as 1h, between --from and --to.")
    ] = None,
    start: Annotated[str | None, typer.Option("--from", help="First time for --every.")] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="Last time for --every, included if it is a multiple.")
    ] = None,
    mode: Annotated[
        Literal["true", "known", "served"],
        typer.Option(
            help="Values: true, over all events; known, over those that had arrived by then; served, as the feature "
            "topics held them then."
        ),
    ] = "true",
    lag: Annotated[
        str,
        typer.Option(
            help="Time from the arrival of an event until it is known: 5s, 250ms, or measured (p99 of a live run)."
        ),
    ] = "0",
    time_unit: Annotated[
        Literal["auto", "s", "ms", "us", "ns"], typer.Option(help="Unit of whole numbers in the time column.")
    ] = "auto",
    leakage: Annotated[
        Path | None, typer.Option(help="File for each value that differs between true and known.")
    ] = None,
    estimate: Annotated[bool, typer.Option("--estimate", help="Print rows, bytes and minutes; make nothing.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over instead of resuming a stopped command.")] = False,
    verify: Annotated[Path | None, typer.Option(help="Recompute a sample of this data set and compare.")] = None,
    rebuild: Annotated[Path | None, typer.Option(help="Make this data set again, and compare the content.")] = None,
    sample: Annotated[int, typer.Option(min=1, help="Number of rows that --verify recomputes.")] = 1_000,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the sample. Default: a random one.")] = None,
    processes: Annotated[
        int | None,
        typer.Option(
            min=1, max=64, help="Number of processes that read and fold. Default: HEADRACE_HISTORY_PROCESSES, or 1."
        ),
    ] = None,
) -> None:
    """Make a training set: each row of a spine with the features of its entities at the time of the row.

    A value at a time t counts all events before t and none at t or later, exactly as it is served. The columns of
    the spine stay as they are and in their order. An unknown entity has empty values. Times are whole numbers (the
    size tells seconds, ms, us or ns), ISO 8601 texts or timestamps; without a zone they are UTC.

    The leakage report compares each feature with what was known at the time, that is, without events that had not yet
    arrived. The manifest, in the metadata and beside the file, names definitions, positions and content, so that
    --verify and --rebuild can repeat the computation. A stopped command resumes when it is called again.

    Examples:

      headrace dataset --spine labels.parquet --entity user_id --time label_time --out train.parquet

      headrace dataset --spine clicks.csv --entity user_id --entity product=item_id --time at
      --features user_spend_1h,item_orders_1h --mode known --lag 2s --out train.csv

      headrace dataset --entity user_id --every 1d --from 2026-01-01 --to 2026-02-01 --out users.parquet

      headrace dataset --verify train.parquet

    Exit code: 0 written, or equal; 1 stopped, or a value differs; 2 an argument or the spine is invalid, and nothing
    is written; 3 the broker is unreachable.
    """
    from cli.handlers.history import dataset as command
    from cli.handlers.history.dataset_options import DatasetFiles, DatasetOptions, DatasetRepeat
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
