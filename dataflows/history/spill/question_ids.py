"""Collects the entities and times that questions can see: other events are not spilled, and numbers replace ids."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from dataflows.history.numbered_ids import NumberedIds, numbered
from dataflows.kernels.arrays import Ints
from dataflows.kernels.history.question_table import (
    COLUMNS,
    END,
    HASH,
    SEEN,
    SPANS,
    START,
    QuestionTable,
    TimeSpans,
    enter,
    mark,
)
from dataflows.kernels.offsets import NONE
from dataflows.kernels.strings.arrow_strings import hash_strings
from dataflows.kernels.strings.string_array import strings_of

MOST_IDS = 1 << 21
"""With more ids, all events are spilled: the table would be larger than the space that it saves."""


class QuestionIds:
    """The distinct ids in each shard's questions, in the order of `numbered`; numbers continue from shard to shard.

    The entities of shard s have the numbers `firsts[s]` up to `firsts[s + 1]`. `seen` holds their bits, one per span.
    """

    def __init__(self, ids: Sequence[pl.Series], seen: Sequence[Ints], spans: TimeSpans) -> None:
        self.firsts = [0, *np.cumsum([len(of_shard) for of_shard in ids]).tolist()]
        bits = np.concatenate([np.empty((0, COLUMNS - SEEN), np.int64), *seen])
        self.table = _table(pl.concat([pl.Series("id", [], pl.String), *ids]), bits, spans)


def question_ids(paths: Sequence[Path], reach: int) -> QuestionIds | None:
    """Returns the ids in the questions of all shards, by shard; a question sees `reach` (ms) back.

    Returns None if there are too many ids, or two of them have the same hash.
    """
    spans, count = _spans(paths, reach), 0
    distinct, seen = list[pl.Series](), list[Ints]()
    for ids, times in _questions(paths):
        distinct.append(ids.ids)
        seen.append(np.zeros((len(ids.ids), COLUMNS - SEEN), np.int64))
        mark(spans, seen[-1], ids.entities, times, reach)
        count += len(ids.ids)
        if count > MOST_IDS:
            return None
    asked = QuestionIds(distinct, seen, spans)
    hashes = asked.table.entities[:, HASH]
    return asked if len(np.unique(hashes)) == len(hashes) else None


def _spans(paths: Sequence[Path], reach: int) -> TimeSpans:
    """Divides the time that questions can see into spans of equal length."""
    asked = [span for path in paths if (span := _asked_between(path)) is not None]
    first, last = min((first for first, _ in asked), default=0), max((last for _, last in asked), default=0)
    begins = first - min(reach, last - first + 1)
    return TimeSpans(first - reach, begins, (last - begins) // SPANS + 1)


def _asked_between(path: Path) -> tuple[int, int] | None:
    """Returns the first and the last time (ms) in the questions of a file; None without questions."""
    if not path.exists():
        return None
    times = pl.read_ipc(path, columns=["time"])["time"].to_numpy()
    return (int(times.min()), int(times.max())) if len(times) else None


def _questions(paths: Sequence[Path]) -> Iterator[tuple[NumberedIds, Ints]]:
    """Yields the ids and times (ms) of the questions, shard by shard."""
    nothing = pl.DataFrame(schema={"id": pl.String, "time": pl.Int64})
    for path in paths:
        questions = pl.read_ipc(path, columns=["id", "time"]) if path.exists() else nothing
        yield numbered(questions["id"]), questions["time"].to_numpy()


def _table(ids: pl.Series, seen: Ints, spans: TimeSpans) -> QuestionTable:
    strings, entities = strings_of(ids), np.empty((len(ids), COLUMNS), np.int64)
    hashes = np.empty(len(ids), np.int64)
    hash_strings(strings.offsets, strings.data, hashes)
    entities[:, HASH], entities[:, START], entities[:, END] = hashes, strings.offsets[:-1], strings.offsets[1:]
    entities[:, SEEN:] = seen
    slots = np.full(4 << len(ids).bit_length(), NONE, np.int32)
    table = QuestionTable(slots, entities, strings.data, spans)
    enter(table)
    return table
