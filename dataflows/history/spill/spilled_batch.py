"""Orders events of one source for one entity type by shard, and converts them to an Arrow batch."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from dataflows.history.spill.lateness import Lateness
from dataflows.ingest import Partitioner, ProjectedBatch
from dataflows.kernels.arrays import Bools, Bytes, Ints, Slots
from dataflows.kernels.strings.arrow_strings import take_strings
from dataflows.kernels.strings.string_array import Strings, joined
from dataflows.windows import LateRows

Texts = Mapping[int, tuple[Strings, Bytes]]


@dataclass(frozen=True, slots=True)
class EntityNumbers:
    """Numbers of entities over all shards; the numbers of shard s begin with `firsts[s]`."""

    numbers: Slots
    firsts: Sequence[int]


@dataclass(frozen=True, slots=True)
class SpilledBatch:
    """Events grouped by shard: shard s has the rows `starts[s]` to `starts[s + 1]`.

    `times` are event times, `arrivals` publish times (ms); `values` and `lanes` are those of the entity's source,
    `texts` the texts of columns of `values`. `newest` is the newest event time read (ms), including events that no
    feature uses.
    """

    source: str
    entity_id: str
    ids: Strings | EntityNumbers
    times: Ints
    arrivals: Ints
    values: Ints
    lanes: Bytes
    texts: Texts
    starts: Ints
    newest: int | None

    def __len__(self) -> int:
        return len(self.times)

    def only(self, wanted: Bools) -> "SpilledBatch":
        """Returns the selected events, in order."""
        rows = np.flatnonzero(wanted)
        return replace(
            self,
            ids=_taken_ids(self.ids, rows),
            times=self.times[rows],
            arrivals=self.arrivals[rows],
            values=self.values[rows],
            lanes=self.lanes[rows],
            texts={column: (_reordered(texts, rows), valid[rows]) for column, (texts, valid) in self.texts.items()},
            starts=np.searchsorted(rows, self.starts),
        )


Piece = tuple[SpilledBatch, int, int]
"""Rows of a batch that belong to one shard: from, up to."""


class SpillPartitioner:
    """Cuts the batches of a source for one entity type; with a `lateness`, separates late events."""

    def __init__(self, entity_id: str, partitioner: Partitioner, lateness: Lateness | None = None) -> None:
        self.entity_id = entity_id
        self._partitioner, self._lateness = partitioner, lateness

    def __call__(self, evaluated: ProjectedBatch, arrived: Ints) -> tuple[SpilledBatch, LateRows | None]:
        """Returns the events of a batch by shard, and the late ones; `arrived` holds the arrival of each payload
        (ms)."""
        events, starts = self._partitioner.cut(evaluated)
        batch, rows = events.batch, events.rows
        ids, arrivals = Strings(batch.offsets, batch.ids), arrived[rows]
        columns = batch.times, arrivals, batch.values, batch.lanes
        spilled = SpilledBatch(events.source, self.entity_id, ids, *columns, events.texts, starts, events.newest)
        if self._lateness is None:
            return spilled, None
        late = self._lateness(batch.times, arrivals, batch.lanes)
        if not late.any():
            return spilled, None
        return spilled.only(~late), LateRows(events.source, events.arrivals, np.sort(rows[late]))


def merged(batches: Sequence[SpilledBatch]) -> SpilledBatch:
    """Merges batches of one source and entity type."""
    first, pieces = batches[0], _by_shard(batches)
    return SpilledBatch(
        first.source,
        first.entity_id,
        _joined_ids(pieces),
        np.concatenate([batch.times[start:stop] for batch, start, stop in pieces]),
        np.concatenate([batch.arrivals[start:stop] for batch, start, stop in pieces]),
        np.concatenate([batch.values[start:stop] for batch, start, stop in pieces]),
        np.concatenate([batch.lanes[start:stop] for batch, start, stop in pieces]),
        {column: _joined_texts(column, pieces) for column in first.texts},
        np.sum([batch.starts for batch in batches], axis=0),
        max((batch.newest for batch in batches if batch.newest is not None), default=None),
    )


def arrow_of(batches: Sequence[SpilledBatch]) -> pa.RecordBatch:
    """Merges batches of one source and entity type to Arrow, with the shards' starts in the schema's metadata."""
    batch = merged(batches)
    columns = {
        **_id_column(batch.ids),
        "time": pa.array(batch.times),
        "arrival": pa.array(batch.arrivals),
        **_matrix("values", batch.values),
        **_matrix("lanes", batch.lanes),
        **{f"text_{column}": texts.arrow(valid.view(np.bool_)) for column, (texts, valid) in batch.texts.items()},
    }
    metadata = {"starts": json.dumps(batch.starts.tolist()), "newest": json.dumps(batch.newest)}
    if isinstance(batch.ids, EntityNumbers):
        metadata["firsts"] = json.dumps(list(batch.ids.firsts))
    return pa.RecordBatch.from_pydict(columns).replace_schema_metadata(metadata)


def _id_column(ids: Strings | EntityNumbers) -> dict[str, pa.Array]:
    return {"id": ids.arrow()} if isinstance(ids, Strings) else {"number": pa.array(ids.numbers)}


def _joined_ids(pieces: Sequence[Piece]) -> Strings | EntityNumbers:
    """Joins the ids of pieces: all batches of a job have texts, or all have numbers."""
    ids = pieces[0][0].ids
    if isinstance(ids, Strings):
        return joined([batch.ids.part(start, stop) for batch, start, stop in pieces if isinstance(batch.ids, Strings)])
    numbers = [batch.ids.numbers[start:stop] for batch, start, stop in pieces if isinstance(batch.ids, EntityNumbers)]
    return EntityNumbers(np.concatenate(numbers), ids.firsts)


def _by_shard(batches: Sequence[SpilledBatch]) -> list[Piece]:
    """Returns the rows of each batch for the first shard, then those for the next; at least one piece."""
    bounds = np.stack([batch.starts for batch in batches]).tolist()
    rows = [
        (batch, of_batch[shard], of_batch[shard + 1])
        for shard in range(len(bounds[0]) - 1)
        for batch, of_batch in zip(batches, bounds, strict=True)
    ]
    return [piece for piece in rows if piece[1] < piece[2]] or rows[:1]


def _matrix(name: str, matrix: np.ndarray) -> dict[str, pa.Array]:
    """Returns a matrix as a column of fixed-size lists; nothing for one without columns."""
    if not matrix.shape[1]:
        return {}
    words = pa.array(np.ascontiguousarray(matrix).reshape(-1))
    return {name: pa.FixedSizeListArray.from_arrays(words, matrix.shape[1])}


def arrivals_of_events(evaluated: ProjectedBatch) -> Ints:
    """Returns the arrival of payloads (ms) by row, only for payloads that are events."""
    events = evaluated.events
    arrived = np.zeros(len(events.arrivals), np.int64)
    arrived[events.rows] = events.arrivals.arrived(events.rows)
    return arrived


def _taken_ids(ids: Strings | EntityNumbers, order: Ints) -> Strings | EntityNumbers:
    return _reordered(ids, order) if isinstance(ids, Strings) else replace(ids, numbers=ids.numbers[order])


def _reordered(strings: Strings, order: Ints) -> Strings:
    return Strings(*take_strings(strings.offsets, strings.data, order))


def _joined_texts(column: int, pieces: Sequence[Piece]) -> tuple[Strings, Bytes]:
    texts = [(*batch.texts[column], start, stop) for batch, start, stop in pieces]
    strings = joined([strings.part(start, stop) for strings, _, start, stop in texts])
    return strings, np.concatenate([valid[start:stop] for _, valid, start, stop in texts])
