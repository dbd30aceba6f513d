"""The shards of history as an input of a dataflow: one shard of a process is in memory at a time."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from typing_extensions import override

Piece = TypeVar("Piece")
Fold = Callable[[int], Iterator[Piece]]

LANES = 8
_WAIT = timedelta(milliseconds=5)


class HistoryShards(FixedPartitionedSource[Piece, int], Generic[Piece]):
    """Folds shards 0 to `shards` without those that are `done`; partition p has every eighth from p on.

    A shard that was not finished is begun anew. `folded` is called after each.
    """

    def __init__(
        self,
        shards: int,
        done: Collection[int],
        fold: Fold[Piece],
        stopping: Callable[[], bool],
        folded: Callable[[], None] = lambda: None,
    ) -> None:
        self._shards, self._fold, self._stopping, self._folded = shards, fold, stopping, folded
        self._done, self._turn = frozenset(done), _Turn()

    @override
    def list_parts(self) -> list[str]:
        return [str(lane) for lane in range(min(LANES, self._shards))]

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> "_ShardLane[Piece]":
        shards = [shard for shard in range(int(for_part), self._shards, LANES) if shard not in self._done]
        return _ShardLane(shards, self._fold, self._turn, self._stopping, self._folded)


class _Turn:
    """Which lane of the process has a shard in memory."""

    def __init__(self) -> None:
        self._owner: object | None = None

    def take(self, lane: object) -> bool:
        self._owner = self._owner or lane
        return self._owner is lane

    def leave(self) -> None:
        self._owner = None


class _ShardLane(StatefulSourcePartition[Piece, int], Generic[Piece]):
    def __init__(
        self,
        shards: Sequence[int],
        fold: Fold[Piece],
        turn: _Turn,
        stopping: Callable[[], bool],
        folded: Callable[[], None],
    ) -> None:
        self._shards, self._done, self._fold = shards, 0, fold
        self._turn, self._stopping, self._folded = turn, stopping, folded
        self._pieces: Iterator[Piece] | None = None
        self._waits = False

    def next_batch(self) -> list[Piece]:
        if self._done == len(self._shards) or self._stopping():
            raise StopIteration
        self._waits = not self._turn.take(self)
        if self._waits:
            return []
        self._pieces = self._pieces or self._fold(self._shards[self._done])
        for piece in self._pieces:
            return [piece]
        self._pieces, self._done = None, self._done + 1
        self._turn.leave()
        self._folded()
        return []

    def next_awake(self) -> datetime | None:
        return datetime.now(UTC) + _WAIT if self._waits else None

    def snapshot(self) -> int:
        """How many shards are finished."""
        return self._done
