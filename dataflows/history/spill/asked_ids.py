"""Whose events some question can see, and when: all others need not be spilled, and these have numbers for ids."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from dataflows.history.numbered_ids import numbered
from dataflows.kernels.arrays import Ints
from dataflows.kernels.history.asked_table import COLUMNS, END, HASH, SPANS, START, AskedTable, enter, mark
from dataflows.kernels.offsets import NONE
from dataflows.kernels.strings.arrow_strings import hash_strings
from dataflows.kernels.strings.string_array import strings_of

MOST_IDS = 1 << 21
"""From here on nobody is left out, or the table would be larger than what it spares."""


class AskedIds:
    """The distinct ids of the questions of each shard, in the order of `numbered`; numbers run on from shard to shard.

    The entities of shard s have the numbers `firsts[s]` up to `firsts[s + 1]`.
    """

    def __init__(self, ids: Sequence[pl.Series], first: int, last: int, reach: int) -> None:
        """Questions are asked from `first` to `last` (ms), and see no further back than `reach` (ms)."""
        self.firsts = [0, *np.cumsum([len(of_shard) for of_shard in ids]).tolist()]
        self._reach = reach
        begins = first - min(reach, last - first + 1)
        self.table = _table(pl.concat([pl.Series("id", [], pl.String), *ids]), begins, (last - begins) // SPANS + 1)

    def mark(self, shard: int, entities: Ints, times: Ints) -> None:
        """Marks what questions of a shard see: about `entities` of it, by their numbers there, at `times` (ms)."""
        mark(self.table, entities + self.firsts[shard], times, self._reach)


def asked_ids(paths: Sequence[Path], reach: int) -> AskedIds | None:
    """The ids in the questions of all shards, by shard; None where there are too many. They see `reach` (ms) back."""
    spans = [span for path in paths if (span := _span(path)) is not None]
    first, last = min((first for first, _ in spans), default=0), max((last for _, last in spans), default=0)
    distinct, count = list[pl.Series](), 0
    for ids, _, _ in _questions(paths):
        distinct.append(ids)
        count += len(ids)
        if count > MOST_IDS:
            return None
    asked = AskedIds(distinct, first, last, reach)
    for shard, (_, entities, times) in enumerate(_questions(paths)):
        asked.mark(shard, entities, times)
    return asked


def _span(path: Path) -> tuple[int, int] | None:
    """The first and the last time (ms) that the questions of a file ask for."""
    if not path.exists():
        return None
    times = pl.read_ipc(path, columns=["time"])["time"].to_numpy()
    return (int(times.min()), int(times.max())) if len(times) else None


def _questions(paths: Sequence[Path]) -> Iterator[tuple[pl.Series, Ints, Ints]]:
    """Distinct ids, the entity of each question, and its time (ms), of one shard after another."""
    nothing = pl.DataFrame(schema={"id": pl.String, "time": pl.Int64})
    for path in paths:
        questions = pl.read_ipc(path, columns=["id", "time"]) if path.exists() else nothing
        ids = numbered(questions["id"])
        yield ids.ids, ids.entities, questions["time"].to_numpy()


def _table(ids: pl.Series, first: int, width: int) -> AskedTable:
    strings, entities = strings_of(ids), np.zeros((len(ids), COLUMNS), np.int64)
    hashes = np.empty(len(ids), np.int64)
    hash_strings(strings.offsets, strings.data, hashes)
    entities[:, HASH], entities[:, START], entities[:, END] = hashes, strings.offsets[:-1], strings.offsets[1:]
    slots = np.full(2 << len(ids).bit_length(), NONE, np.int32)
    table = AskedTable(slots, entities, strings.data, first, width)
    enter(table)
    return table
