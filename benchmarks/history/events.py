"""Makes order lines of many shops as an archive of raw events, as typed Parquet, and questions about them.

Each shop has all order lines of the year at their original times, and its own users and items (`17850-3`, `85123A-3`):
a year of a chain of shops rather than decades of one, so that an entity has as many events as in the real data. Files
are written a slice of the year at a time, so memory does not grow with the rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from benchmarks import w12
from benchmarks.measuring import made_lines
from connectors.archive.archiver import FileLimits, PartitionArchiver
from connectors.archive.holding import FileClaims, new_holder, now_ms
from connectors.archive.last_message import ArchiveEnd
from connectors.archive.store import ArchiveStore
from connectors.messages import MessageColumns, RawBatch
from dataflows.ingest import EventLimits, EventTyping
from tests.support.factories.topics import retail_orders

TOPIC = "persistent://public/default/raw-order-events"
PARTITIONS = 2
DELAY_MS = 1_500
"""The delay from an event to its publishing."""
SLICE_ROWS = 200_000
DAY_MS = 86_400_000
SEED = 12


@dataclass(frozen=True, slots=True)
class HistoryFiles:
    """The files of a history."""

    folder: Path

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    @property
    def typed(self) -> Path:
        """Returns the file of the same events with one column for each field."""
        return self.folder / "events.parquet"

    def rows(self, entity: str) -> Path:
        """Returns the file with a row for each event of an entity, for lookups."""
        return self.folder / f"rows-{entity}.parquet"

    def spine(self, questions: int) -> Path:
        return self.folder / f"spine-{questions}.parquet"


def write_history(files: HistoryFiles, rows: int) -> None:
    """Writes the archive and the typed Parquet if they do not exist."""
    if files.typed.exists():
        return
    store = ArchiveStore(str(files.archive), files.folder / "drafts")
    types = EventTyping(w12.definitions().sources["orders"], EventLimits())
    archivers = [_archiver(store, str(number), types) for number in range(PARTITIONS)]
    positions, writer, part = [0] * PARTITIONS, None, files.typed.with_suffix(".part")
    for lines in slices(rows):
        table = lines.to_arrow(compat_level=pl.CompatLevel.oldest())
        writer = writer or pq.ParquetWriter(part, table.schema, compression="zstd")
        writer.write_table(table)
        for number, archiver in enumerate(archivers):
            own = lines.gather_every(PARTITIONS, number)
            archiver.take(_raw(str(number), own, positions[number]))
            positions[number] += len(own)
    for archiver, end in zip(archivers, positions, strict=True):
        archiver.reached(str(end), lambda day: True)
    if writer is not None:
        writer.close()
        part.rename(files.typed)


def write_spine(files: HistoryFiles, questions: int) -> None:
    """Writes `questions` rows drawn from all order lines with a user: entity ids, and a time up to a day after the
    order."""
    path = files.spine(questions)
    if path.exists():
        return
    chance = np.random.default_rng(SEED)
    lines = pl.read_parquet(files.typed, columns=["user_id", "item_id", "timestamp"]).drop_nulls("user_id")
    drawn = lines[np.sort(chance.integers(0, len(lines), questions))]
    after = pl.Series(chance.integers(0, DAY_MS, questions))
    spine = drawn.with_columns(
        (pl.col("timestamp") + after).alias("time"), pl.Series("label", chance.random(questions))
    )
    spine.drop("timestamp").sort("label").write_parquet(path)


def slices(rows: int) -> Iterator[pl.DataFrame]:
    """Yields `rows` order lines by time, from as many shops as it takes; the last shop has fewer."""
    lines = retail_orders.events() if retail_orders.RETAIL.exists() else made_lines.events(w12.ROWS)
    shops = -(-rows // len(lines))
    last = rows - (shops - 1) * len(lines)
    step, start = max(1, SLICE_ROWS // shops), 0
    while start < len(lines):
        base = lines[start : start + step]
        shops_slices = [
            _of_shop(base if shop + 1 < shops else base.head(max(0, last - start)), shop) for shop in range(shops)
        ]
        yield pl.concat(shops_slices).sort("timestamp", maintain_order=True)
        start += step


def _of_shop(lines: pl.DataFrame, shop: int) -> pl.DataFrame:
    return lines.with_columns(pl.col("user_id", "item_id") + f"-{shop}") if shop else lines


def _archiver(store: ArchiveStore, partition: str, types: EventTyping) -> PartitionArchiver:
    begun, claims = ArchiveEnd("0", "", None), FileClaims(store, TOPIC, new_holder(now_ms()))
    return PartitionArchiver(store, claims, begun, partition, lambda path, rows: None, FileLimits(), None, types)


def _raw(partition: str, lines: pl.DataFrame, first: int) -> RawBatch:
    published = (lines["timestamp"] + DELAY_MS).to_numpy()
    columns = MessageColumns(
        keys=lines["item_id"].to_list(),
        positions=[str(first + row) for row in range(len(lines))],
        published=published,
        event_times=np.zeros(len(lines), np.int64),
    )
    newest = int(published[-1]) if len(lines) else 0
    return RawBatch(partition, retail_orders.payloads(lines), 0, newest, str, columns=lambda: columns)
