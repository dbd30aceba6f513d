"""Estimates the state of a feature: tiles per entity, and bytes per tile."""

from dataclasses import dataclass

from dataflows.compiler.tile_layout import partials_of
from dataflows.definitions import Feature
from dataflows.kernels.offsets import CELL, WORDS
from dataflows.kernels.opcodes import PartialOp

WORD_BYTES = 8
_CELLS = {
    PartialOp.SEEN: "different value",
    PartialOp.BINS: "bin of the sketch in a tile",
    PartialOp.REGISTERS: "register of the sketch in a tile",
}


@dataclass(frozen=True, slots=True)
class StateCost:
    """The most that one entity keeps for one feature alone; features with equal partials share their tiles.

    `tiles` is their number when every hop of the window has events; `tile_bytes` is the size of one with its header. A
    sketch or a set of values also has cells of `cell_bytes` each; `cell` says what one is kept for.
    """

    tiles: int
    tile_bytes: int
    cell: str = ""
    cell_bytes: int = CELL * WORD_BYTES

    @property
    def bytes(self) -> int:
        """Bytes of an entity whose window is full, without cells."""
        return self.tiles * self.tile_bytes


def state_cost(feature: Feature) -> StateCost | None:
    """Returns the cost of a feature's state; None for a derived feature, which keeps none."""
    if feature.expression is not None:
        return None
    partials = partials_of(feature)
    slots = sum(partial.stored for partial in partials)
    cells = (_CELLS[partial.op] for partial in partials if partial.op in _CELLS)
    return StateCost(_tiles(feature), (WORDS + slots) * WORD_BYTES, next(cells, ""))


def _tiles(feature: Feature) -> int:
    """Counts the hops of a window plus the tile that is leaving; lifetime is one tile."""
    return feature.window_ms // feature.hop_ms + 1 if feature.window_ms else 1
