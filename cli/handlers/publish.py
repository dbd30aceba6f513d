"""Implements `headrace publish`: sends JSON lines from a file or standard input to a topic."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

import msgspec
import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from cli.error_reporting import InvalidArgument, say
from cli.handlers.line_reader import LONGEST, LineReader, chunks
from cli.shutdown import StopSignal, stop_on_signals
from cli.terminal import err
from cli.topics import TopicPublisher, full_name, open_publisher
from connectors.errors import UNDECODABLE
from connectors.messages import Outgoing
from dataflows.ingest import plain
from dataflows.runtime.settings_loader import load_settings

LONGEST_KEY = 8_192  # bytes; a longer value is no id
TOLD = 20  # unsent lines that are listed one by one


def publish(topic: str, file: Path | None, key: str | None) -> None:
    """Sends JSON lines from a file or standard input to a topic, one message per line."""
    settings = load_settings()
    name = full_name(topic, settings)
    lines = LineReader()
    with _opened(file) as stream, stop_on_signals() as stop, open_publisher(settings) as publisher:
        sent = _send(stream, lines, Sending(publisher, name, key), stop)
    _say_how_it_ended(sent, name, lines, stop.is_set())


class Sending:
    """Sends lines to one topic and counts them."""

    def __init__(self, publisher: TopicPublisher, topic: str, key: str | None) -> None:
        self._publisher, self._topic, self._key = publisher, topic, key
        self._flushed = True
        self.sent = 0

    def add(self, lines: list[bytes]) -> None:
        """Sends lines; without lines, waits for the broker's answer."""
        if lines:
            self._publisher.send(self._topic, Outgoing([key_of(line, self._key) for line in lines], lines))
            self.sent += len(lines)
        elif not self._flushed:
            self._publisher.flush()
        self._flushed = not lines


def _send(stream: BinaryIO, lines: LineReader, sending: Sending, stop: StopSignal) -> int:
    with _progress(_size(stream)) as (progress, task):
        for read in chunks(stream, stop.is_set):
            sending.add(lines.ended(read))
            progress.update(task, advance=len(read), description=f"sent {sending.sent:,} messages")
        if not stop.is_set():
            sending.add(lines.unfinished())
    return sending.sent


def _say_how_it_ended(sent: int, topic: str, lines: LineReader, stopped: bool) -> None:
    for number, size in lines.too_long[:TOLD]:
        say(f"line {number:,} was not sent: it has {size:,} bytes; expected at most {LONGEST:,}")
    if len(lines.too_long) > TOLD:
        say(f"{len(lines.too_long) - TOLD:,} more lines were not sent: each is longer than {LONGEST:,} bytes")
    before = "stopped before the end: " if stopped else ""
    err.print(f"{before}sent {sent:,} {'message' if sent == 1 else 'messages'} to {topic}", soft_wrap=True)
    if stopped or lines.too_long:
        raise typer.Exit(1)


def _opened(file: Path | None) -> AbstractContextManager[BinaryIO]:
    if file is None or str(file) == "-":
        if sys.stdin.isatty():
            err.print("reading lines from the terminal; Ctrl-D ends the input")
        return nullcontext(sys.stdin.buffer)
    if not file.exists() or file.is_dir():
        raise InvalidArgument(f"{file} is not a readable file; use - for standard input")
    return file.open("rb")


def _size(stream: BinaryIO) -> int | None:
    """Returns the bytes to read; None if unknown, as for a pipe."""
    try:
        about = os.fstat(stream.fileno())
    except OSError:
        return None
    return about.st_size if stat.S_ISREG(about.st_mode) else None


@contextmanager
def _progress(size: int | None) -> Iterator[tuple[Progress, TaskID]]:
    """Shows a bar on a terminal; only counts if the size is unknown."""
    known = (BarColumn(), TaskProgressColumn(), DownloadColumn()) if size else ()
    columns = (TextColumn("{task.description}"), *known, TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        yield progress, progress.add_task("sending", total=size)


def key_of(line: bytes, field: str | None) -> str:
    """Returns the value of a JSON field as a key; empty if it is missing or too long.

    >>> key_of(b'{"user_id": "u1"}', "user_id"), key_of(b'{"user_id', "user_id"), key_of(b"{}", None)
    ('u1', '', '')
    """
    if field is None:
        return ""
    try:
        event = msgspec.json.decode(plain(line)[0])
    except UNDECODABLE:
        return ""
    value = event.get(field) if isinstance(event, dict) else None
    key = str(value) if isinstance(value, str | int | float) else ""
    return key if len(key) <= LONGEST_KEY and len(key.encode()) <= LONGEST_KEY else ""
