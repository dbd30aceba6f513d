"""Names archived files by topic, day of publishing, partition and range of positions.

    <tenant>/<namespace>/<topic>/published=2026-01-31/part-<partition>-<first>-<end>.parquet

A range starts at `first` and ends before `end`, where the next file starts, so a name shows which messages the file
covers and whether two files fit together. A period replaces the colon, which some file systems refuse.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

import numpy as np

from connectors.messages import Extent

_DAY_MS = 86_400_000
_PUBLISHED = "published="
_FILE = re.compile(r"published=([+-]?[\d-]+)/part-(\d+)-(-?\d+(?:\.-?\d+)?)-(-?\d+(?:\.-?\d+)?)\.parquet")
_PARTITION = re.compile(r"(?:.*-partition-)?(\d+)")

Order = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """One file: its path below the folder of its topic, the number of its partition, and the range it covers."""

    path: str
    partition: int
    extent: Extent

    @property
    def day(self) -> str:
        """The day on which all its messages were published."""
        return self.path.removeprefix(_PUBLISHED).partition("/")[0]

    @property
    def published_until(self) -> int:
        """The end (ms) of that day."""
        return (int(np.datetime64(self.day, "D").astype(np.int64)) + 1) * _DAY_MS


def order(position: str) -> Order:
    """Returns the sort key of a position within one topic.

    >>> order("7:12") < order("7:12:3") < order("7:13") < order("10:0")
    True
    """
    return tuple(map(int, position.split(":")))


def entry_of(position: str) -> str:
    """Returns the position at which a range may start or end: that of a whole published entry.

    >>> entry_of("7:12:3"), entry_of("7:12:-1"), entry_of("31")
    ('7:12', '7:12', '31')
    """
    return ":".join(position.split(":")[:2])


def topic_folder(topic: str) -> str:
    """Returns the folder of a topic below the address of the archive.

    >>> topic_folder("persistent://acme/shop/orders"), topic_folder("orders")
    ('acme/shop/orders', 'public/default/orders')
    """
    parts = topic.removeprefix("persistent://").split("/")
    return "/".join(quote(part, safe="") for part in (["public", "default", *parts] if len(parts) == 1 else parts))


def partition_number(partition: str) -> int:
    """Returns the number of a partition; 0 for a topic without partitions.

    >>> partition_number("persistent://a/b/c-partition-3"), partition_number("1"), partition_number("persistent://a/b/c")
    (3, 1, 0)
    """
    match = _PARTITION.fullmatch(partition)
    return int(match[1]) if match else 0


def day_of(published_ms: int) -> str:
    """Returns the day of a publish time, in UTC.

    >>> day_of(1_767_225_599_999), day_of(1_767_225_600_000)
    ('2025-12-31', '2026-01-01')
    """
    return str(np.datetime64(published_ms // _DAY_MS, "D"))


def file_of(partition: str, day: str, extent: Extent) -> ArchivedFile:
    """Returns the file of a range.

    >>> file_of("0", "2026-01-31", Extent("7:0", "7:100")).path
    'published=2026-01-31/part-0-7.0-7.100.parquet'
    """
    number, first, end = partition_number(partition), extent.first.replace(":", "."), extent.end.replace(":", ".")
    return ArchivedFile(f"published={day}/part-{number}-{first}-{end}.parquet", number, extent)


def parse(path: str) -> ArchivedFile | None:
    """Parses a path below the folder of a topic; None if the archive does not write such files.

    >>> parse("published=2026-01-31/part-0-7.0-7.100.parquet").extent
    Extent(first='7:0', end='7:100')
    >>> parse("published=2026-02-31/part-0-7.0-7.100.parquet"), parse("published=2026-01-31/part-0-7.0-7.00.parquet")
    (None, None)
    """
    match = _FILE.fullmatch(path)
    if match is None:
        return None
    extent = Extent(_position(match[3]), _position(match[4]))
    named = file_of(str(int(match[2])), match[1], extent)
    return named if named.path == path and _is_day(match[1]) and order(extent.first) < order(extent.end) else None


def _position(text: str) -> str:
    return ":".join(str(int(number)) for number in text.split("."))


def _is_day(text: str) -> bool:
    try:
        return str(np.datetime64(text, "D")) == text
    except ValueError:
        return False
