"""Reads the spilled events of a shard as arrays over all its sources."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from dataflows.compiler import TileLayout
from dataflows.kernels.arrays import Bytes, Ints


@dataclass(frozen=True, slots=True)
class ColumnTexts:
    """The texts of one source for a column of the values: one per row of the source."""

    column: int
    rows: range
    values: pl.Series


@dataclass(frozen=True, slots=True)
class ShardEvents:
    """The events of a shard, source after source.

    `values` and `lanes` have the columns of all sources side by side, in the order of the sources' names. If only
    events that questions can see were spilled, `ids` is empty, and `numbers` refers to the distinct ids of the
    questions, shard after shard.
    """

    ids: pl.Series
    times: Ints
    arrivals: Ints
    values: Ints
    lanes: Bytes
    texts: tuple[ColumnTexts, ...]
    numbers: Ints | None = None


def read_shards(folder: Path, layout: TileLayout, shards: range) -> ShardEvents:
    """Reads the events of these shards of one entity type from a folder."""
    tables = {source: _table(folder, source, shards) for source in sorted(layout.feeds)}
    values, lanes, texts = _side_by_side(tables, layout)
    held = [table for table in tables.values() if len(table)]
    ids = [_series(table, "id") for table in held if "id" in table.column_names]
    numbers = [_numbers(table, shards.start) for table in held if "number" in table.column_names]
    times, arrivals = (_joined(held, name) for name in ("time", "arrival"))
    return ShardEvents(
        pl.concat([pl.Series("id", [], pl.String), *ids]),
        times,
        arrivals,
        values,
        lanes,
        tuple(texts),
        np.concatenate(numbers) if numbers else None,
    )


def _side_by_side(tables: Mapping[str, pa.Table], layout: TileLayout) -> tuple[Ints, Bytes, list[ColumnTexts]]:
    """Returns the values, lanes and texts of all sources: each has rows and columns that are 0 for the others."""
    rows = sum(map(len, tables.values()))
    values = np.zeros((rows, sum(len(feed.values) for feed in layout.feeds.values())), np.int64)
    lanes = np.zeros((rows, sum(len(feed.selections) for feed in layout.feeds.values())), np.uint8)
    texts, row, value, lane = list[ColumnTexts](), 0, 0, 0
    for source, table in tables.items():
        feed, part = layout.feeds[source], range(row, row + len(table))
        _fill(values[row : part.stop, value : value + len(feed.values)], table, "values")
        _fill(lanes[row : part.stop, lane : lane + len(feed.selections)], table, "lanes")
        texts += [ColumnTexts(value + column, part, series) for column, series in _texts(table)]
        row, value, lane = part.stop, value + len(feed.values), lane + len(feed.selections)
    return values, lanes, texts


def newest_event(folder: Path) -> int | None:
    """Returns the newest event time (ms) of all spilled events; None if there are none."""
    return max((newest for path in folder.glob("*/*.arrow") if (newest := _newest(path)) is not None), default=None)


def _newest(path: Path) -> int | None:
    with pa.OSFile(str(path)) as source:
        newest: int | None = json.loads(pa.ipc.open_file(source).schema.metadata[b"newest"])
    return newest


def _table(folder: Path, source: str, shards: range) -> pa.Table:
    """Returns the rows of shards in all files of a source; without columns if there are none."""
    parts = [part for path in sorted(folder.glob(f"{source}.*.arrow")) for part in parts_of_shards(path, shards)]
    if not parts:
        return pa.table({})
    firsts = (parts[0].schema.metadata or {}).get(b"firsts")
    metadata = None if firsts is None else {b"firsts": firsts}
    return pa.Table.from_batches([part.replace_schema_metadata(metadata) for part in parts])


def _numbers(table: pa.Table, shard: int) -> Ints:
    """Returns the numbers of entities, relative to the first entity of a shard."""
    numbers: Ints = table["number"].to_numpy().astype(np.int64)
    numbers -= json.loads(table.schema.metadata[b"firsts"])[shard]
    return numbers


def parts_of_shards(path: Path, shards: range) -> list[pa.RecordBatch]:
    """Returns the rows of shards in one file, without empty shards.

    Files are read and not mapped, because mapped pages, and those around them, would count as memory of the process.
    """
    with pa.OSFile(str(path)) as source:
        reader = pa.ipc.open_file(source)
        bounds = starts_in(reader.schema)
        return [reader.get_batch(shard) for shard in shards if bounds[shard] < bounds[shard + 1]]


def shard_starts(path: Path) -> list[int]:
    """Returns the start of each shard's rows in one file, and the end of the last."""
    with pa.OSFile(str(path)) as source:
        return starts_in(pa.ipc.open_file(source).schema)


def starts_in(schema: pa.Schema) -> list[int]:
    """Returns the starts from the schema of spilled rows."""
    starts: list[int] = json.loads(schema.metadata[b"starts"])
    return starts


def _fill(target: np.ndarray, table: pa.Table, name: str) -> None:
    if name in table.column_names and len(table):
        chunks = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in table[name].chunks]
        target[:] = np.concatenate(chunks).reshape(target.shape)


def _texts(table: pa.Table) -> Iterator[tuple[int, pl.Series]]:
    for name in table.column_names:
        if name.startswith("text_"):
            yield int(name.removeprefix("text_")), _series(table, name)


def _series(table: pa.Table, name: str) -> pl.Series:
    return pl.Series(name, table[name])


def _joined(tables: Iterable[pa.Table], name: str) -> Ints:
    return np.concatenate([np.empty(0, np.int64), *(table[name].to_numpy() for table in tables)])
