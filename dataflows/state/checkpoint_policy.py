"""Decides how a shard is snapshotted: in full while small or mostly changed, otherwise as a delta against its base.

A base is renewed once the deltas since it have reached its size: both then cost the same, so the total is at most twice
the optimum.
"""

from time import monotonic
from uuid import uuid4

from dataflows.state.base_snapshots import BaseSnapshot, BaseSnapshots
from dataflows.state.deltas import BlockDigests
from dataflows.state.snapshots import DeltaBase, Marks, arrays_of, dump, dump_changes
from dataflows.state.tile_store import TileStore

SMALL = 1 << 18
"""Size (bytes of state) below which a shard is always snapshotted in full."""
TURMOIL = 0.5
"""Changed share of a shard above which a delta is no cheaper than a full snapshot."""
CALM = 0.25
"""Changed share of a shard between two snapshots below which a new base pays off."""


class CheckpointPolicy:
    """Chooses between a full snapshot and a delta for one shard."""

    def __init__(self, bases: BaseSnapshots, reference: DeltaBase | None) -> None:
        self._bases = bases
        self._reference = reference
        self._last: BlockDigests | None = None  # of the last snapshot, if it was full
        self._written = 0  # bytes of increments since the base
        self._due = False

    def snapshot(self, tiles: TileStore, marks: Marks) -> bytes:
        """Returns the shard as bytes: in full, or as a delta against its base."""
        if tiles.size < SMALL:
            return self._full(tiles, marks, None)
        now = BlockDigests.of(arrays_of(tiles.state))
        if self._reference is None:
            calm = self._last is not None and now.changed(self._last) <= CALM * now.size
            return self._full(tiles, marks, now, due=calm)
        changed = now.changed(self._reference.prints)
        if changed > TURMOIL * now.size:
            return self._full(tiles, marks, now)
        self._written += changed
        self._due = self._written >= now.size
        return dump_changes(tiles, marks, self._reference, now)

    def base(self, tiles: TileStore) -> BaseSnapshot | None:
        """Returns the shard as a base snapshot if one is due."""
        if not self._due or not self._bases.turn:
            return None
        begun, name = monotonic(), uuid4().bytes
        base = BaseSnapshot(name, dump(tiles, {}))
        self._reference, self._last = DeltaBase(name, BlockDigests.of(arrays_of(tiles.state))), None
        self._written, self._due = 0, False
        self._bases.record_duration(monotonic() - begun)
        return base

    def _full(self, tiles: TileStore, marks: Marks, now: BlockDigests | None, *, due: bool = False) -> bytes:
        self._reference, self._last, self._due = None, now, due
        return dump(tiles, marks)
