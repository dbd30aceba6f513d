"""Signature and help of `headrace archive`."""

from typing import Annotated

import typer


def archive(
    source: Annotated[
        list[str] | None, typer.Option("--source", help="Source whose events are archived; may be repeated.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only check what is archived; write nothing.")] = False,
    skip_lost: Annotated[
        bool,
        typer.Option("--skip-lost", help="Continue behind events that a topic removed before they were archived."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
) -> None:
    """Copy raw events from the topics to Parquet files under HEADRACE_ARCHIVE, and exit.

    Each source continues where its archive ends and goes up to what its topic holds at the start. A file holds one
    partition and one day of publishing, its name the range of positions; it appears whole or not at all, so the
    command can be stopped and repeated at any time. Replays and data sets then read the archive first, and the topic
    from where the archive ends. Run one archiver at a time: a live run with HEADRACE_ARCHIVE archives by itself.

    With --check it reads every file and reports gaps, overlaps, files that are damaged, and files that are not of the
    archive.

    Examples:

      HEADRACE_ARCHIVE=archive headrace archive

      HEADRACE_ARCHIVE=s3://bucket/archive headrace archive --source orders

      headrace archive --check --json

    Exit code: 0 archived, or nothing is wrong; 1 --check found something, or the command was stopped early; 2 an
    argument or a setting is invalid; 3 the broker or the store is unreachable, or a topic does not exist; 4 the topic
    has removed events before they were archived, or is another topic of that name; 5 the disk is full.
    """
    from cli.handlers.history import archive as command

    command.archive(source or [], check, skip_lost, as_json)
