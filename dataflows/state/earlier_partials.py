"""Maps partials that only earlier snapshots hold to their successors."""

from dataclasses import replace

from dataflows.compiler import TileSlot
from dataflows.kernels.opcodes import PartialOp, ValueOrder


def successor(words: TileSlot) -> TileSlot:
    """Returns the partial that continues a stored one; most continue themselves."""
    monoid = _SUCCESSORS.get((words.partial.monoid, words.order), words.partial.monoid)
    return words if monoid is words.partial.monoid else replace(words, partial=replace(words.partial, monoid=monoid))


_SUCCESSORS = {
    (PartialOp.SUM, ValueOrder.INT): PartialOp.TOTAL,
    (PartialOp.MOMENTS, ValueOrder.INT): PartialOp.SPREAD,
    (PartialOp.MOMENTS, ValueOrder.REAL): PartialOp.SPREAD,
}
