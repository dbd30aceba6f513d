"""Merges raw batches: payloads that several partitions delivered at once are decoded, routed and folded as one batch.

A small batch costs a fixed price, for any content; merged, the partitions of a topic pay it once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import accumulate, pairwise

import numpy as np

from connectors.messages import CatchUpProgress, RawBatch
from dataflows.kernels.arrays import Ints, Reals

MOST_TOGETHER = 10_000
"""Number of payloads from which a batch is large enough to be processed by itself."""
_MANY = 0.25  # share of a batch from which it is faster to read all arrival times at once than one by one


@dataclass(frozen=True)
class MergedBatch:
    """Several batches as one run of payloads: row i is a payload of one of them."""

    batches: tuple[RawBatch, ...]

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @cached_property
    def payloads(self) -> Sequence[bytes]:
        """Returns the payloads of all batches."""
        if len(self.batches) == 1:
            return self.batches[0].payloads
        return [payload for batch in self.batches for payload in batch.payloads]

    def payload(self, row: int) -> bytes:
        """Returns the payload of a row."""
        batch, row_of_batch = self.place(row)
        return batch.payloads[row_of_batch]

    @cached_property
    def published_ms(self) -> int:
        """Returns the oldest publish time (ms)."""
        return min(
            (batch.published_ms for batch in self.batches if batch.payloads), default=self.batches[0].published_ms
        )

    @cached_property
    def progress(self) -> tuple[CatchUpProgress, ...]:
        """Returns how far processes have read their backlog, oldest first."""
        return tuple(batch.progress for batch in self.batches if batch.progress is not None)

    def ahead(self, times: Reals, rows: Ints, most_ms: int) -> Ints:
        """Returns which of these rows have an event time (`times`, ms) more than `most_ms` after their arrival.

        Messages are asked for their arrival only where their batch leaves it open.
        """
        doubtful = np.flatnonzero(times > self._surely[rows] + most_ms)
        if not len(doubtful):
            return doubtful
        arrived = self.arrived(rows[doubtful])
        return doubtful[times[doubtful] > arrived + most_ms]

    def arrived(self, rows: Ints) -> Ints:
        """Returns the arrival times (ms) of payloads in ascending rows, as exactly as their batches know them."""
        cuts = [0, *np.searchsorted(rows, self._ends).tolist()]
        parts = zip(self.batches, [0, *self._ends], pairwise(cuts), strict=False)
        times = [_arrived(batch, rows[first:last] - start) for batch, start, (first, last) in parts if last > first]
        return np.concatenate(times) if times else np.empty(0, np.int64)

    def place(self, row: int) -> tuple[RawBatch, int]:
        """Returns the batch that a row belongs to, and its row there."""
        number = int(np.searchsorted(self._ends, row, side="right"))
        return self.batches[number], row - (self._ends[number - 1] if number else 0)

    def pick(self, rows: Ints) -> tuple["BatchSlice", ...]:
        """Returns, for every batch, the payloads of these ascending rows, as they are sent to another worker."""
        cuts = np.searchsorted(rows, self._ends).tolist()
        starts = [0, *self._ends]
        parts = zip(self.batches, starts, [0, *cuts], cuts, strict=False)
        return tuple(_picked(batch, rows[first:last] - start) for batch, start, first, last in parts)

    @property
    def _surely(self) -> Ints:
        """Returns, per payload, a lower bound of its arrival (ms) that the batch itself knows."""
        sizes = [len(batch.payloads) for batch in self.batches]
        return np.repeat([min(batch.published_ms, batch.newest_ms) for batch in self.batches], sizes)

    @cached_property
    def _ends(self) -> list[int]:
        return list(accumulate(len(batch.payloads) for batch in self.batches))


BatchSlice = tuple[str, list[bytes], int, int, bool, str, CatchUpProgress | None, list[int] | None]
"""Partition, payloads, oldest and newest publish time (ms), ended, last position of the whole batch, progress, and,
while a backlog is read, the publish time of each payload."""


def arrivals_of(picked: Sequence[BatchSlice]) -> MergedBatch:
    """Rebuilds arrivals from `pick`; a payload's position is then known only as the end of its batch."""
    return MergedBatch(tuple(_batch(*batch_rows) for batch_rows in picked))


def coalesce(batches: Iterable[RawBatch], most: int) -> Iterator[list[RawBatch]]:
    """Groups batches in order: up to `most` payloads or one batch per group, each group of one slice of a backlog.

    Typed batches and batches of payloads are not mixed.

    >>> one = RawBatch("0", [b"{}"], 1, 1, str)
    >>> [len(group) for group in coalesce([one, one, one], 2)]
    [2, 1]
    """
    group: list[RawBatch] = []
    for batch in batches:
        too_many = sum(len(earlier.payloads) for earlier in group) + len(batch.payloads) > most
        if group and (too_many or not _alike(batch, group[0])):
            yield group
            group = []
        group.append(batch)
    if group:
        yield group


def _alike(earlier: RawBatch, other: RawBatch) -> bool:
    fingerprints = [batch.typed and batch.typed.fingerprint for batch in (earlier, other) if len(batch.payloads)]
    return earlier.progress == other.progress and len(set(fingerprints)) <= 1


def _arrived(batch: RawBatch, rows: Ints) -> Ints:
    """Returns when these payloads of one batch arrived (ms)."""
    if batch.arrivals is not None and (batch.arrived is None or len(rows) >= _MANY * len(batch.payloads)):
        return batch.arrivals()[rows]
    if batch.arrived is None:
        return np.full(len(rows), batch.newest_ms, np.int64)
    return np.fromiter(map(batch.arrived, rows.tolist()), np.int64, len(rows))


def _picked(batch: RawBatch, rows: Ints) -> BatchSlice:
    last = batch.position(len(batch.payloads) - 1) if batch.payloads else ""
    payloads = [batch.payloads[row] for row in rows.tolist()]
    progress = batch.progress
    arrived = None if progress is None or progress.until_ms is None else _arrived(batch, rows).tolist()
    return batch.partition, payloads, batch.published_ms, batch.newest_ms, batch.ended, last, progress, arrived


def _batch(
    partition: str,
    payloads: list[bytes],
    published_ms: int,
    newest_ms: int,
    ended: bool,
    last: str,
    progress: CatchUpProgress | None,
    published: list[int] | None,
) -> RawBatch:
    place = f"in the batch up to {last}"
    arrivals = None if published is None else partial(np.array, published, np.int64)
    return RawBatch(
        partition, payloads, published_ms, newest_ms, lambda _: place, ended, arrivals=arrivals, progress=progress
    )
