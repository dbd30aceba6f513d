"""What a shard keeps between batches: tiles, snapshots, deltas and base snapshots."""

from dataflows.state.allocation import empty_state
from dataflows.state.base_snapshots import Base, Bases
from dataflows.state.checkpoint_policy import Checkpoints
from dataflows.state.migration import compacted
from dataflows.state.snapshots import BaseMissing, SnapshotDamaged, load
from dataflows.state.tile_store import SCRATCH, Stepped, Tiles

__all__ = [
    "SCRATCH",
    "Base",
    "BaseMissing",
    "Bases",
    "Checkpoints",
    "SnapshotDamaged",
    "Stepped",
    "Tiles",
    "compacted",
    "empty_state",
    "load",
]
