"""Schedules archiving: an input of the graph with one small item every few minutes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from typing_extensions import override

from dataflows.windows import Now

Tick = tuple[str, int]
"""Partition of the sink, and the time (ms)."""

_LOOK_MS = 1_000  # how late a sleeping input notices that the run stops


class ArchiveTicks(FixedPartitionedSource[Tick, None]):
    """Emits a tick at the start and then every `pause_ms`; one worker of a cluster has them."""

    def __init__(self, pause_ms: int, stopping: Callable[[], bool], now: Now) -> None:
        self._pause_ms, self._stopping, self._now = pause_ms, stopping, now

    @override
    def list_parts(self) -> list[str]:
        return ["archive"]

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "_Ticks":
        return _Ticks(self._pause_ms, self._stopping, self._now)


class _Ticks(StatefulSourcePartition[Tick, None]):
    def __init__(self, pause_ms: int, stopping: Callable[[], bool], now: Now) -> None:
        self._pause_ms, self._stopping, self._now, self._next_ms = pause_ms, stopping, now, 0

    @override
    def next_batch(self) -> list[Tick]:
        if self._stopping():
            raise StopIteration
        now = self._now()
        if now < self._next_ms:
            return []
        self._next_ms = now + self._pause_ms
        return [("0", now)]

    @override
    def next_awake(self) -> datetime | None:
        wait_ms = max(0, min(self._next_ms - self._now(), _LOOK_MS))
        return datetime.now(UTC) + timedelta(milliseconds=wait_ms)

    def snapshot(self) -> None:
        """Returns no state, because the files show where the archive ends."""
