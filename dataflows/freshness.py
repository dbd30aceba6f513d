"""From publish to readable: the online store notes it per entity type, a source hands it to the quality branch."""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
from bytewax.inputs import DynamicSource, StatelessSourcePartition

MOST = 10_000
_Pairs = deque[tuple[float, int]]
AWAKE, PERIOD = timedelta(milliseconds=500), timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds from publish to readable, each of so many rows of an entity type."""

    entity_id: str
    seconds: npt.NDArray[np.float64]
    rows: npt.NDArray[np.int64]


class Noted:
    """What this process has written since it was last asked; of very much the newest. Outputs note from threads."""

    def __init__(self) -> None:
        self._noted = defaultdict[str, _Pairs](lambda: deque(maxlen=MOST))

    def note(self, entity_id: str, seconds: float, rows: int) -> None:
        """A write is readable."""
        self._noted[entity_id].append((seconds, rows))

    def taken(self) -> list[Waits]:
        """All that was noted, which is forgotten by that."""
        return [Waits(entity_id, *_columns(_emptied(pairs))) for entity_id, pairs in list(self._noted.items()) if pairs]


class NotedSource(DynamicSource[Waits]):
    """Hands over what each process has noted, every two seconds, until `stopping`."""

    def __init__(self, noted: Noted, stopping: Callable[[], bool], bounded: bool) -> None:
        self._noted, self._stopping, self._bounded = noted, stopping, bounded

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "_NotedPartition":
        """One a worker."""
        return _NotedPartition(self._noted, self._stopping, self._bounded)


class _NotedPartition(StatelessSourcePartition[Waits]):
    def __init__(self, noted: Noted, stopping: Callable[[], bool], bounded: bool) -> None:
        self._noted, self._stopping, self._bounded = noted, stopping, bounded
        self._next = datetime.now(UTC) + PERIOD

    def next_batch(self) -> list[Waits]:
        if self._bounded or self._stopping():
            raise StopIteration
        if datetime.now(UTC) < self._next:
            return []
        self._next = datetime.now(UTC) + PERIOD
        return self._noted.taken()

    def next_awake(self) -> datetime:
        """Never far away: a source that sleeps long holds up the others."""
        return datetime.now(UTC) + AWAKE


def _emptied(pairs: _Pairs) -> list[tuple[float, int]]:
    """What is there now: others may append meanwhile."""
    return [pairs.popleft() for _ in range(len(pairs))]


def _columns(pairs: list[tuple[float, int]]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    seconds, rows = zip(*pairs, strict=True)
    return np.array(seconds, np.float64), np.array(rows, np.int64)
