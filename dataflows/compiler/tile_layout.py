"""Lays out the tiles of an entity type: their slots, and the selections and values that feed them.

Features that share (entity, hop) share a tile; equal partials over the same values share its words, provided that the
features began to count at the same time: a new feature never reads words that an older one has filled.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dataflows.aggregations import AGGREGATIONS
from dataflows.compiler.inputs import Selection, Value, selection_of, value_of
from dataflows.definitions import Feature
from dataflows.kernels.offsets import WORDS
from dataflows.kernels.opcodes import ORDER, Partial, PartialOp, ValueKind, ValueOrder


@dataclass(frozen=True, slots=True)
class TileSlot:
    """A stored partial; features whose partials are equal in all its fields share it."""

    hop: int
    source: str
    lane: Selection  # snapshots store this name, so it must not change
    value: Value | None
    partial: Partial
    since: int

    @property
    def order(self) -> ValueOrder:
        """Returns the order in which its values compare."""
        return ORDER[self.value.kind] if self.value and not self.value.hashed else ValueOrder.INT


def partials_of(feature: Feature) -> tuple[Partial, ...]:
    """Returns the partials a feature keeps."""
    return AGGREGATIONS[str(feature.aggregation)].partials(feature.value_kind or ValueKind.INT, feature.options)


def words_of(feature: Feature, partial: Partial, since: int) -> TileSlot:
    """Returns the stored words of one partial of a feature that counts since a time (ms; 0: from the start)."""
    stored = Partial(partial.op, partial.parameter)
    value = None if partial.op is PartialOp.COUNT else value_of(feature)
    return TileSlot(feature.hop_ms, str(feature.source), selection_of(feature), value, stored, since)


def assign(features: Iterable[Feature], since: Mapping[str, int]) -> dict[TileSlot, int]:
    """Assigns an offset in the tiles of its hop to each stored partial."""
    offsets: dict[TileSlot, int] = {}
    width: dict[int, int] = {}
    for feature in features:
        for partial in partials_of(feature):
            slot = words_of(feature, partial, since[feature.feature_name])
            if slot not in offsets:
                offsets[slot] = width.setdefault(slot.hop, WORDS)
                width[slot.hop] += partial.stored
    return offsets
