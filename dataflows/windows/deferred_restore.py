"""Delays the restore of a shard until its base is loaded, because the engine loads steps in no fixed order."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from bytewax.operators import StatefulBatchLogic

from dataflows.buffered_logic import BufferedLogic
from dataflows.state import BaseMissing, SnapshotDamaged
from dataflows.windows.messages import Item, Outcome
from dataflows.windows.operator import ShardLogic, WindowOperator

PATIENCE = timedelta(minutes=5)


def deferred_restore(windows: WindowOperator) -> Callable[[bytes | None], StatefulBatchLogic[Item, Outcome, bytes]]:
    """Wraps the builder of shards: a shard whose base is not loaded yet waits for it."""

    def build(snapshot: bytes | None) -> StatefulBatchLogic[Item, Outcome, bytes]:
        try:
            return windows(snapshot)
        except BaseMissing:
            return DeferredRestore(windows, snapshot)

    return build


class DeferredRestore(BufferedLogic[Item, Outcome]):
    """Buffers items until the shard can be restored, then delegates to it. Raises SnapshotDamaged."""

    def __init__(self, windows: WindowOperator, snapshot: bytes | None) -> None:
        super().__init__(resumed=True)
        self._windows, self._snapshot = windows, snapshot
        self._shard: ShardLogic | None = None
        self._waiting: list[Item] = []
        self._until = datetime.now(UTC) + PATIENCE

    def hold(self, values: list[Item]) -> bool:
        """Buffers items; returns True, because every batch is another attempt to restore."""
        self._waiting += values
        return True

    def release(self) -> Iterable[Outcome]:
        """Returns the shard's outcomes for the buffered items; nothing while the shard cannot be restored."""
        self._open()
        if self._shard is None:
            return []
        waiting, self._waiting = self._waiting, []
        return self._shard.on_batch(waiting)[0]

    def on_notify(self) -> tuple[Iterable[Outcome], bool]:
        """Delegates to the shard, or attempts the restore again."""
        return super().on_notify() if self._shard is None else self._shard.on_notify()

    def notify_at(self) -> datetime | None:
        """Delegates to the shard; returns now until the shard is restored."""
        return datetime.now(UTC) if self._shard is None else self._shard.notify_at()

    def snapshot(self) -> bytes:
        """Delegates to the shard; returns the original snapshot while no items have arrived."""
        self._open()
        if self._shard is not None:
            return self._shard.snapshot()
        if self._waiting or self._snapshot is None:
            raise SnapshotDamaged("the base of a shard is missing; hint: restore the recovery store or replay")
        return self._snapshot

    def _open(self) -> None:
        if self._shard is not None:
            return
        try:
            self._shard = self._windows(self._snapshot)
        except BaseMissing as missing:
            if datetime.now(UTC) > self._until:
                raise SnapshotDamaged(f"base {missing} of a shard is missing; hint: replay") from None
