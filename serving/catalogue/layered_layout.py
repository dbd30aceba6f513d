"""Lays out a layered graph: one column per layer, nodes ordered so that few edges cross.

An edge over several layers passes through its own slot in each of them, so that it never lies under a node. The order
within a layer follows the mean position of a node's neighbours (Sugiyama, Tagawa, Toda 1981), in a fixed number of
sweeps: the same graph always gets the same layout.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from serving.catalogue.lineage_graph import Edge, LineageGraph, LineageNode

SWEEPS = 6


class GraphSlot(NamedTuple):
    """A position in a layer: of a node, or of a passing edge."""

    layer: int
    node: LineageNode
    end: LineageNode | None = None


@dataclass(frozen=True, slots=True)
class GraphLayout:
    """The slots of each layer from top to bottom, and the chain of slots of each edge."""

    columns: tuple[tuple[GraphSlot, ...], ...]
    chains: tuple[tuple[GraphSlot, ...], ...]


def laid_out(graph: LineageGraph) -> GraphLayout:
    """Orders the slots of a graph."""
    layer_of = {node: layer for layer, nodes in enumerate(graph.layers) for node in nodes}
    chains = tuple(tuple(_chain(edge, layer_of)) for edge in graph.edges)
    slots = [
        *(GraphSlot(layer, node) for node, layer in layer_of.items()),
        *(slot for chain in chains for slot in chain),
    ]
    columns = [sorted({slot for slot in slots if slot.layer == layer}, key=_key) for layer in range(len(graph.layers))]
    return GraphLayout(tuple(map(tuple, _ordered(columns, chains))), chains)


def _key(slot: GraphSlot) -> tuple[LineageNode, bool, LineageNode]:
    return slot.node, slot.end is not None, slot.end or slot.node


def _chain(edge: Edge, layer_of: Mapping[LineageNode, int]) -> Iterator[GraphSlot]:
    begin, end = edge
    yield GraphSlot(layer_of[begin], begin)
    yield from (GraphSlot(layer, begin, end) for layer in range(layer_of[begin] + 1, layer_of[end]))
    yield GraphSlot(layer_of[end], end)


def _ordered(columns: list[list[GraphSlot]], chains: Iterable[Sequence[GraphSlot]]) -> list[list[GraphSlot]]:
    before, after = _links(chains)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        layers = range(1, len(columns)) if forward else range(len(columns) - 2, -1, -1)
        for layer in layers:
            beside = columns[layer - 1] if forward else columns[layer + 1]
            columns[layer] = _by_middle(columns[layer], beside, before if forward else after)
    return columns


def _by_middle(
    column: Sequence[GraphSlot], beside: Sequence[GraphSlot], links: Mapping[GraphSlot, Sequence[GraphSlot]]
) -> list[GraphSlot]:
    """Sorts a column by the mean position of its neighbours; a slot without neighbours keeps its position."""
    place = {slot: index / max(1, len(beside) - 1) for index, slot in enumerate(beside)}

    def middle(item: tuple[int, GraphSlot]) -> float:
        index, slot = item
        linked = [place[other] for other in links.get(slot, ())]
        return sum(linked) / len(linked) if linked else index / max(1, len(column) - 1)

    return [slot for _, slot in sorted(enumerate(column), key=middle)]


def _links(
    chains: Iterable[Sequence[GraphSlot]],
) -> tuple[dict[GraphSlot, list[GraphSlot]], dict[GraphSlot, list[GraphSlot]]]:
    before: dict[GraphSlot, list[GraphSlot]] = {}
    after: dict[GraphSlot, list[GraphSlot]] = {}
    for chain in chains:
        for left, right in pairwise(chain):
            before.setdefault(right, []).append(left)
            after.setdefault(left, []).append(right)
    return before, after
