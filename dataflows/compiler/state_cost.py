"""What the state of a feature costs: tiles of an entity, and bytes in them."""

from dataclasses import dataclass

from dataflows.compiler.tile_layout import partials_of
from dataflows.definitions import Feature
from dataflows.kernels.offsets import WORDS

WORD_BYTES = 8


@dataclass(frozen=True, slots=True)
class StateCost:
    """The most that one entity keeps for one feature alone; features with equal partials share theirs.

    `tiles` is their number when every hop of the window has events; `tile_bytes` what one takes with its header.
    """

    tiles: int
    tile_bytes: int

    @property
    def bytes(self) -> int:
        """Bytes of an entity whose window is full."""
        return self.tiles * self.tile_bytes


def state_cost(feature: Feature) -> StateCost | None:
    """The cost of a feature's state; None for a derived feature, which keeps none."""
    if feature.expression is not None:
        return None
    slots = sum(partial.stored for partial in partials_of(feature))
    return StateCost(_tiles(feature), (WORDS + slots) * WORD_BYTES)


def _tiles(feature: Feature) -> int:
    """A window has its hops and the tile that is leaving; lifetime is one tile."""
    return feature.window_ms // feature.hop_ms + 1 if feature.window_ms else 1
