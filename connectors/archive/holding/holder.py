"""Identifies an archiver in the small files with which it holds an archive."""

import time
from datetime import UTC, datetime
from secrets import token_hex
from typing import TypeVar

import msgspec

from connectors.errors import UNDECODABLE
from connectors.process_identity import ProcessIdentity, own_identity

NOTES = "_archiver"
"""Folder of these files below the folder of a topic; their names begin with `_`, so that readers ignore them."""

T = TypeVar("T")


class Holder(msgspec.Struct, frozen=True):
    """An archiver: a token of its own, its process, and when it began (ms)."""

    token: str
    process: ProcessIdentity
    since_ms: int

    def __str__(self) -> str:
        return f"process {self.process.pid} on {self.process.host}, since {moment(self.since_ms)}"


def new_holder(since_ms: int) -> Holder:
    """Returns a new archiver in this process."""
    return Holder(token_hex(8), own_identity(), since_ms)


def decoded(content: bytes | None, kind: type[T]) -> T | None:
    """Decodes a small file; None if it does not exist or was left half-written."""
    try:
        return None if content is None else msgspec.json.decode(content, type=kind)
    except UNDECODABLE:
        return None


def moment(at_ms: int) -> str:
    """Formats a time (ms) in UTC.

    >>> moment(1_767_276_300_000)
    '2026-01-01 14:05:00 UTC'
    """
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def now_ms() -> int:
    """Returns the time of the system's clock (ms)."""
    return time.time_ns() // 1_000_000
