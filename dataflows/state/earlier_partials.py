"""Partials that only earlier snapshots hold, and those that go on with what they kept."""

from dataclasses import replace

from dataflows.compiler import Words
from dataflows.kernels.opcodes import Monoid, Order


def successor(words: Words) -> Words:
    """The stored partial that goes on with another; most go on with themselves."""
    monoid = _SUCCESSORS.get((words.partial.monoid, words.order), words.partial.monoid)
    return words if monoid is words.partial.monoid else replace(words, partial=replace(words.partial, monoid=monoid))


_SUCCESSORS = {
    (Monoid.SUM, Order.INT): Monoid.TOTAL,
    (Monoid.MOMENTS, Order.INT): Monoid.SPREAD,
    (Monoid.MOMENTS, Order.REAL): Monoid.SPREAD,
}
