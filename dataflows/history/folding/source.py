"""Feeds the shards of history to a dataflow: one group at a time is in a process's memory."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from threading import get_ident
from typing import Generic, TypeVar

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from typing_extensions import override

Piece = TypeVar("Piece")
Fold = Callable[[range], Iterator[Piece]]

PARTITIONS = 8
_WAIT = timedelta(milliseconds=5)


class HistoryShards(FixedPartitionedSource[Piece, int], Generic[Piece]):
    """Folds shards in `groups`, except groups whose shards are all `done`; partition p has every eighth from p on.

    An unfinished group starts over. `folded` is called after each group, once per shard.
    """

    def __init__(
        self,
        groups: Sequence[range],
        done: Collection[int],
        fold: Fold[Piece],
        stopping: Callable[[], bool],
        folded: Callable[[], None] = lambda: None,
    ) -> None:
        self._groups, self._fold, self._stopping, self._folded = groups, fold, stopping, folded
        self._done, self._turn = frozenset(done), _Turn()

    @override
    def list_parts(self) -> list[str]:
        return [str(partition) for partition in range(min(PARTITIONS, len(self._groups)))]

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> "_ShardPartition[Piece]":
        groups = [group for group in self._groups[int(for_part) :: PARTITIONS] if not self._done.issuperset(group)]
        return _ShardPartition(groups, self._fold, self._turn, self._stopping, self._folded)


def each_alone(shards: int) -> list[range]:
    """Returns groups of one shard.

    >>> each_alone(2)
    [range(0, 1), range(1, 2)]
    """
    return [range(shard, shard + 1) for shard in range(shards)]


class _Turn:
    """Tracks which partition of each thread has shards in memory."""

    def __init__(self) -> None:
        self._owners: dict[int, object] = {}

    def take(self, partition: object) -> bool:
        return self._owners.setdefault(get_ident(), partition) is partition

    def leave(self) -> None:
        del self._owners[get_ident()]


class _ShardPartition(StatefulSourcePartition[Piece, int], Generic[Piece]):
    def __init__(
        self,
        groups: Sequence[range],
        fold: Fold[Piece],
        turn: _Turn,
        stopping: Callable[[], bool],
        folded: Callable[[], None],
    ) -> None:
        self._groups, self._done, self._fold = groups, 0, fold
        self._turn, self._stopping, self._folded = turn, stopping, folded
        self._pieces: Iterator[Piece] | None = None
        self._waits = False

    def next_batch(self) -> list[Piece]:
        if self._done == len(self._groups) or self._stopping():
            raise StopIteration
        self._waits = not self._turn.take(self)
        if self._waits:
            return []
        self._pieces = self._pieces or self._fold(self._groups[self._done])
        for piece in self._pieces:
            return [piece]
        for _ in self._groups[self._done]:
            self._folded()
        self._pieces, self._done = None, self._done + 1
        self._turn.leave()
        return []

    def next_awake(self) -> datetime | None:
        return datetime.now(UTC) + _WAIT if self._waits else None

    def snapshot(self) -> int:
        """Returns the number of finished groups."""
        return self._done
