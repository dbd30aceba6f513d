"""Signature and help of `headrace archive`."""

from typing import Annotated

import typer


def archive(
    source: Annotated[list[str] | None, typer.Option("--source", help="Source to archive. Repeatable.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only check the archive; write nothing.")] = False,
    skip_lost: Annotated[
        bool,
        typer.Option("--skip-lost", help="Skip events that a topic removed before they were archived."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
) -> None:
    """Copy raw events from the topics to Parquet files under HEADRACE_ARCHIVE, and exit.

    For each source, the command continues where the archive ends and stops at the newest message that the topic has
    at the start of the command. A file contains the events of one partition and one day of publishing; its name is
    the range of positions. Files are written atomically, so you can stop and repeat the command at any time. Replays
    and data sets read the archive first, then the topic from where the archive ends. Only one archiver writes the
    archive of a topic at a time; a second one says which process does. A live run with HEADRACE_ARCHIVE already
    archives its topics.

    With --check, the command reads every file and reports gaps, overlaps, damaged files, and files that are not part
    of the archive.

    Examples:

      HEADRACE_ARCHIVE=archive headrace archive

      HEADRACE_ARCHIVE=s3://bucket/archive headrace archive --source orders

      headrace archive --check --json

    Exit code: 0 archived, or no problems; 1 --check found problems, or the command was stopped early; 2 an argument
    or a setting is invalid; 3 the broker or the store is unreachable, or another archiver writes; 4 the topic
    removed events before they were archived, or was deleted and created again; 5 the disk is full.
    """
    from cli.handlers.history import archive as command

    command.archive(source or [], check, skip_lost, as_json)
