"""Base snapshots: full copies of a shard, taken rarely, that its incremental snapshots build on.

A base leaves the shard as an item and is stored by a step behind it, so that it belongs to the same epoch as the first
snapshot that needs it. That step has the shards' keys, so it runs on the worker of each shard.
"""

from collections.abc import Iterable
from time import monotonic
from typing import NamedTuple

import msgspec
from bytewax.operators import StatefulBatchLogic

PAUSE = 9
"""Pause between two bases of a process, as a multiple of the last one's duration: features wait while a base is
taken."""


class BaseSnapshot(NamedTuple):
    """A full copy of a shard: its unique name, and its snapshot."""

    name: bytes
    snapshot: bytes


class BaseSnapshots:
    """State that all shards of a process share with the steps that keep their base snapshots."""

    def __init__(self) -> None:
        self.loaded: dict[bytes, bytes] = {}
        """Restored bases by name, from the start of a run until their shard has loaded them."""
        self._next = 0.0

    @property
    def turn(self) -> bool:
        """Returns whether a shard may write a base now."""
        return monotonic() >= self._next

    def record_duration(self, seconds: float) -> None:
        """Records that a base was written, and how long it took (s)."""
        self._next = monotonic() + PAUSE * seconds

    def keeper(self, snapshot: bytes | None) -> "BaseSnapshotLogic":
        """Builds the logic that stores the base of a shard, new or restored."""
        base = BaseSnapshot(*msgspec.msgpack.decode(snapshot, type=tuple[bytes, bytes])) if snapshot else None
        if base is not None:
            self.loaded[base.name] = base.snapshot
        return BaseSnapshotLogic(base, self.loaded)

    def new_keeper(self, _snapshot: bytes | None) -> "BaseSnapshotLogic":
        """Builds the logic that stores the base of a shard that starts without state."""
        return BaseSnapshotLogic(None, self.loaded)


class BaseSnapshotLogic(StatefulBatchLogic[BaseSnapshot, BaseSnapshot, bytes]):
    """The newest base of a shard. It is compressed in memory, to about a quarter of the shard."""

    def __init__(self, base: BaseSnapshot | None, loaded: dict[bytes, bytes]) -> None:
        self._base, self._loaded = base, loaded

    def on_batch(self, values: list[BaseSnapshot]) -> tuple[Iterable[BaseSnapshot], bool]:
        """Replaces the base with the newest; drops a restored base that a shard with a full snapshot did not load."""
        if self._base is not None:
            self._loaded.pop(self._base.name, None)
        self._base = values[-1]
        return [], self.RETAIN

    def on_eof(self) -> tuple[Iterable[BaseSnapshot], bool]:
        """Keeps the base, because the run may resume."""
        return [], self.RETAIN

    def snapshot(self) -> bytes:
        """Encodes the base with its name; returns no bytes before the first base."""
        return b"" if self._base is None else msgspec.msgpack.encode(self._base)
