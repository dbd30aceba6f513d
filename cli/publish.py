"""`headrace publish`: JSON lines from a file or standard input into a topic."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from cli.mistakes import Mistake
from cli.terminal import err
from cli.topics import Publisher, full_name, open_publisher
from connectors.messages import Outgoing
from dataflows.settings_reading import load_settings

AT_ONCE = 1_000  # lines a batch


def publish(topic: str, file: Path | None, key: str | None) -> None:
    """Send JSON lines from a file or standard input to a topic, one message a line."""
    settings = load_settings()
    name = full_name(topic, settings)
    with _opened(file) as lines, open_publisher(settings) as publisher:
        sent = _send(lines, publisher, name, key, _size(file))
    err.print(f"sent {sent:,} messages to {name}")


def _opened(file: Path | None) -> AbstractContextManager[BinaryIO]:
    if file is None or str(file) == "-":
        if sys.stdin.isatty():
            err.print("reading lines from the terminal; Ctrl-D ends them")
        return nullcontext(sys.stdin.buffer)
    if not file.exists() or file.is_dir():
        raise Mistake(f"{file} is not a file that can be read; - is standard input")
    return file.open("rb")


def _size(file: Path | None) -> int | None:
    return file.stat().st_size if file and file.is_file() else None


def _send(lines: BinaryIO, publisher: Publisher, topic: str, key: str | None, size: int | None) -> int:
    sent = 0
    with _progress() as progress:
        task = progress.add_task("sending", total=size)
        for batch in _batches(lines):
            publisher.send(topic, Outgoing([key_of(line, key) for line in batch], batch))
            sent += len(batch)
            progress.advance(task, sum(len(line) + 1 for line in batch))
        publisher.flush()
    return sent


def _progress() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        DownloadColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)


def _batches(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    payloads = (line.rstrip(b"\r\n") for line in lines)
    present = (payload for payload in payloads if payload.strip())
    while batch := list(islice(present, AT_ONCE)):
        yield batch


def key_of(line: bytes, field: str | None) -> str:
    """The value of a field of a JSON object as a key; empty where there is none.

    >>> key_of(b'{"user_id": "u1"}', "user_id"), key_of(b'{"user_id', "user_id"), key_of(b"{}", None)
    ('u1', '', '')
    """
    if field is None:
        return ""
    try:
        event = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return ""
    value = event.get(field) if isinstance(event, dict) else None
    return "" if value is None else str(value)
