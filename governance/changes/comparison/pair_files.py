"""Writes pairs to files of the job: an entity's value of a feature before and after, at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from typing_extensions import override

from dataflows.history.shards import ShardPiece
from dataflows.history.whole_files import whole_file
from dataflows.windows import ShardRows

AFTER, BEFORE = "after", "before"
"""The sides of a pair."""
MOST_ROWS = 1 << 17
"""Rows of a file, which are in memory at a time."""
Valued = Callable[[str, ShardRows], pl.DataFrame]


@dataclass(frozen=True, slots=True)
class PairedSide:
    """One side of pairs: the prefix of its columns, the features, and what computes their values."""

    prefix: str
    names: Sequence[str]
    values: Valued


def column_of(prefix: str, feature: str) -> str:
    """Returns the column of a feature on one side.

    >>> column_of("before", "spend")
    'before:spend'
    """
    return f"{prefix}:{feature}"


class PairFiles(DynamicSink[ShardPiece]):
    """Writes `<folder>/shard-NNN-<number>.arrow`, entity by entity; a restarted shard writes the same files."""

    def __init__(self, folder: Path, sides: Sequence[PairedSide]) -> None:
        self._folder, self._sides = folder, sides

    @override
    def build(self, step_id: str, worker_index: int, worker_count: int) -> "_PairWriter":
        return _PairWriter(self._folder, self._sides)


class _PairWriter(StatelessSinkPartition[ShardPiece]):
    def __init__(self, folder: Path, sides: Sequence[PairedSide]) -> None:
        self._folder, self._sides = folder, sides
        self._waiting, self._files = list[pl.DataFrame](), 0

    def write_batch(self, items: list[ShardPiece]) -> None:
        for piece in items:
            if piece.rows is not None:
                self._waiting.append(self._paired(piece.shard, piece.rows))
            if sum(map(len, self._waiting)) >= MOST_ROWS or piece.rows is None:
                self._write(piece.shard)
            if piece.rows is None:
                self._files = 0

    def _paired(self, shard: str, rows: ShardRows) -> pl.DataFrame:
        columns = dict[str, pl.Series]()
        for side in self._sides:
            values = side.values(shard, rows)
            columns |= {name: values[name] for name in ("_id", "_as_of")}
            columns |= {column_of(side.prefix, name): values[name] for name in side.names}
        return pl.DataFrame(columns)

    def _write(self, shard: str) -> None:
        if not self._waiting:
            return
        rows = pl.concat(self._waiting)
        with whole_file(self._folder / f"shard-{shard}-{self._files:04d}.arrow") as part:
            rows.write_ipc(part, compat_level=pl.CompatLevel.oldest(), record_batch_size=len(rows))
        self._waiting, self._files = [], self._files + 1


class Pairs:
    """Reads the files of `PairFiles`, one at a time, as often as needed."""

    def __init__(self, folder: Path) -> None:
        self._paths = sorted(folder.glob("*.arrow"))

    def rows(self) -> int:
        """Returns the number of rows."""
        return sum(len(rows) for rows in self.columns("_as_of"))

    def entities(self) -> int:
        """Returns the number of entities, whose rows are consecutive."""
        count, last = 0, None
        for rows in self.columns("_id"):
            ids = rows["_id"]
            count += int((ids != ids.shift(1)).sum()) + (ids[0] != last)
            last = ids[-1]
        return count

    def columns(self, *names: str) -> Iterator[pl.DataFrame]:
        """Yields some columns of all rows; reads nothing else of a file."""
        for path in self._paths:
            with pa.memory_map(str(path)) as source:
                yield pl.DataFrame(pa.ipc.open_file(source).get_batch(0).select(list(names)))
