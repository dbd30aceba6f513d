"""Maps partials that only earlier snapshots hold to their successors."""

from dataclasses import replace

from dataflows.compiler import TileSlot
from dataflows.kernels.opcodes import PartialOp, ValueOrder


def successor(words: TileSlot) -> TileSlot:
    """Returns the partial that continues a stored one; most continue themselves."""
    op = _SUCCESSORS.get((words.partial.op, words.order), words.partial.op)
    return words if op is words.partial.op else replace(words, partial=replace(words.partial, op=op))


_SUCCESSORS = {
    (PartialOp.SUM, ValueOrder.INT): PartialOp.TOTAL,
    (PartialOp.MOMENTS, ValueOrder.INT): PartialOp.SPREAD,
    (PartialOp.MOMENTS, ValueOrder.REAL): PartialOp.SPREAD,
}
