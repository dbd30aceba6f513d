"""State that a shard keeps between batches: tiles, snapshots, deltas and base snapshots."""

from dataflows.state.allocation import empty_state, numbered_state, room_per_event, with_tile_room
from dataflows.state.base_snapshots import BaseSnapshot, BaseSnapshots
from dataflows.state.checkpoint_policy import CheckpointPolicy
from dataflows.state.migration import compact
from dataflows.state.snapshots import BaseMissing, SnapshotDamaged, fingerprints_in, load
from dataflows.state.tile_store import SCRATCH, WHOLE, RowIntervals, StepResult, TileStore, new_scratch

__all__ = [
    "SCRATCH",
    "WHOLE",
    "BaseMissing",
    "BaseSnapshot",
    "BaseSnapshots",
    "CheckpointPolicy",
    "RowIntervals",
    "SnapshotDamaged",
    "StepResult",
    "TileStore",
    "compact",
    "empty_state",
    "fingerprints_in",
    "load",
    "new_scratch",
    "numbered_state",
    "room_per_event",
    "with_tile_room",
]
