"""Writes rows of history as Parquet: a folder per entity type, a file per day of `as_of`."""

from collections.abc import Collection, Mapping, Sequence
from io import BytesIO
from pathlib import Path

import polars as pl
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from typing_extensions import override

from dataflows.definitions import Feature
from dataflows.history.shards.shard_pieces import ShardPiece
from dataflows.history.shards.values import ServedValues
from dataflows.history.whole_files import write_whole
from dataflows.run import Run

_DAY = pl.from_epoch("_as_of", "ms").dt.strftime("%Y-%m-%d")


class RowFiles(DynamicSink[ShardPiece]):
    """Writes the rows of each shard to `<folder>/<entity>/<day>/shard-NNN.parquet` once the shard is folded."""

    def __init__(self, folder: Path, features: Sequence[Feature], run: Run) -> None:
        self._folder, self._values = folder / features[0].entity_type, ServedValues(features, run)

    @override
    def build(self, step_id: str, worker_index: int, worker_count: int) -> "_RowWriter":
        return _RowWriter(self._folder, self._values)


class _RowWriter(StatelessSinkPartition[ShardPiece]):
    def __init__(self, folder: Path, values: ServedValues) -> None:
        self._folder, self._values = folder, values
        self._waiting: dict[str, list[pl.DataFrame]] = {}

    def write_batch(self, items: list[ShardPiece]) -> None:
        for piece in items:
            if piece.rows is not None:
                self._waiting.setdefault(piece.shard, []).append(self._values(piece.shard, piece.rows))
            elif frames := self._waiting.pop(piece.shard, []):
                self._write(piece.shard, pl.concat(frames))

    def _write(self, shard: str, rows: pl.DataFrame) -> None:
        by_day = rows.with_columns(_DAY.alias("day")).partition_by("day", as_dict=True, include_key=False)
        for (day,), of_day in by_day.items():
            write_whole(self._folder / str(day) / f"shard-{shard}.parquet", _parquet(of_day, {}))


def gather_days(shards: Path, out: Path, metadata: Mapping[str, str], asked: Collection[str]) -> int:
    """Writes the rows of all shards as `<out>/<entity type>/day=YYYY-MM-DD/rows.parquet`; returns their number.

    They have the `asked` features without their inputs, ordered by entity and `as_of`; each file is written whole or
    not at all, with the metadata in it.
    """
    rows = 0
    for day in sorted(shards.glob("*/*")):
        frame = pl.read_parquet(day / "*.parquet").sort("_id", "_as_of")
        frame = frame.select(name for name in frame.columns if name in asked or name.startswith("_"))
        write_whole(out / day.parent.name / f"day={day.name}" / "rows.parquet", _parquet(frame, metadata))
        rows += len(frame)
    return rows


def other_days(shards: Path, out: Path) -> list[Path]:
    """Returns the folders of days in `out`, relative to it, without rows of these shards: another replay wrote them."""
    written = {Path(day.parent.name) / f"day={day.name}" for day in shards.glob("*/*")}
    there = {file.parent.relative_to(out) for file in out.glob("*/day=*/rows.parquet")}
    return sorted(there - written)


def _parquet(frame: pl.DataFrame, metadata: Mapping[str, str]) -> bytes:
    """Encodes a file in memory, because polars' error about a full disk names neither the disk nor the file."""
    buffer = BytesIO()
    frame.write_parquet(buffer, metadata=dict(metadata))
    return buffer.getvalue()
