"""Keeps a drawing readable: shows some nodes of a large layer and counts the others."""

from collections.abc import Iterable

from serving.catalogue.lineage_graph import LineageGraph, LineageNode

MOST = 24


def folded(graph: LineageGraph, pinned: Iterable[LineageNode] = ()) -> LineageGraph:
    """Returns the graph with at most 24 nodes per layer and one that counts the rest; `pinned` nodes stay."""
    always, instead = set(pinned), dict[LineageNode, LineageNode]()
    layers = tuple(_layer(number, nodes, always, instead) for number, nodes in enumerate(graph.layers))
    edges = {(instead.get(begin, begin), instead.get(end, end)) for begin, end in graph.edges}
    return LineageGraph(layers, tuple(sorted(edges)))


def _layer(
    number: int, nodes: tuple[LineageNode, ...], always: set[LineageNode], instead: dict[LineageNode, LineageNode]
) -> tuple[LineageNode, ...]:
    if len(nodes) <= MOST:
        return nodes
    shown = sorted(nodes, key=lambda node: (node not in always, node))[: MOST - 1]
    rest = [node for node in nodes if node not in shown]
    more = LineageNode("more", f"{number}:{len(rest)} more {rest[0].kind}s")
    instead.update(dict.fromkeys(rest, more))
    return (*sorted(shown), more)
