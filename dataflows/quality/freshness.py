"""Measures freshness, from publish to readable: the online store records it, the quality branch reports it."""

from collections import defaultdict, deque

import numpy as np
import numpy.typing as npt

from reports.alerting import Latencies

MOST = 10_000
_Pairs = deque[tuple[float, int]]


class LatencyRecorder:
    """Records the writes of this process since the last call; keeps the newest. Outputs call `note` from threads."""

    def __init__(self) -> None:
        self._noted = defaultdict[str, _Pairs](lambda: deque(maxlen=MOST))

    def note(self, entity_id: str, seconds: float, rows: int) -> None:
        """Records that a write is readable."""
        self._noted[entity_id].append((seconds, rows))

    def drain(self) -> list[Latencies]:
        """Returns and clears the recorded latencies, by entity type."""
        noted = list(self._noted.items())
        return [Latencies(entity_id, *_columns(_emptied(pairs))) for entity_id, pairs in noted if pairs]


def _emptied(pairs: _Pairs) -> list[tuple[float, int]]:
    """Removes the current entries; other threads may append meanwhile."""
    return [pairs.popleft() for _ in range(len(pairs))]


def _columns(pairs: list[tuple[float, int]]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    seconds, rows = zip(*pairs, strict=True)
    return np.array(seconds, np.float64), np.array(rows, np.int64)
