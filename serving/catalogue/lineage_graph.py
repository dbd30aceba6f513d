"""Builds the lineage of values: columns, features, feature topics, feature sets, consumers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from dataflows.definitions import ColumnOrigins, Definitions

NodeKind = Literal["column", "feature", "topic", "set", "consumer", "more"]


@dataclass(frozen=True, slots=True, order=True)
class LineageNode:
    """A node of a lineage; a column is named `source.column`."""

    kind: NodeKind
    name: str


Edge = tuple[LineageNode, LineageNode]


@dataclass(frozen=True, slots=True)
class LineageGraph:
    """Nodes by layer, from columns to consumers, and the edges between them."""

    layers: tuple[tuple[LineageNode, ...], ...]
    edges: tuple[Edge, ...]


class DefinitionLineage:
    """The lineage of all definitions; a page shows the part around one of them."""

    def __init__(self, definitions: Definitions) -> None:
        edges = sorted({*_edges(definitions)})
        self._below: Mapping[LineageNode, list[LineageNode]] = _neighbours(edges)
        self._above: Mapping[LineageNode, list[LineageNode]] = _neighbours((end, begin) for begin, end in edges)
        self._depth = _depths(definitions)
        self._columns = {
            name: [LineageNode("column", f"{name}.{column}") for column in source.columns]
            for name, source in definitions.sources.items()
        }

    def of_feature(self, name: str) -> LineageGraph:
        """Returns the inputs of a feature, and everything that reads it."""
        return self._around([LineageNode("feature", name)])

    def of_set(self, name: str) -> LineageGraph:
        """Returns the inputs of a set's features, and the readers of the set."""
        return self._around([LineageNode("set", name)])

    def of_source(self, name: str) -> LineageGraph:
        """Returns everything that depends on the used columns of a source."""
        return self._around([node for node in self._columns[name] if node in self._below])

    def _around(self, begun: Iterable[LineageNode]) -> LineageGraph:
        begun = list(begun)
        nodes = _reached(begun, self._above) | _reached(begun, self._below)
        edges = tuple((node, end) for node in sorted(nodes) for end in self._below.get(node, ()) if end in nodes)
        return LineageGraph(self._layers(nodes), edges)

    def _layers(self, nodes: Iterable[LineageNode]) -> tuple[tuple[LineageNode, ...], ...]:
        deepest = max(self._depth.values(), default=0)
        after = {"column": 0, "topic": deepest + 1, "set": deepest + 2, "consumer": deepest + 3}
        layers: dict[int, list[LineageNode]] = {}
        for node in sorted(nodes):
            layers.setdefault(after.get(node.kind, self._depth.get(node.name, 0)), []).append(node)
        return tuple(tuple(layers[layer]) for layer in sorted(layers))


def _edges(definitions: Definitions) -> Iterator[Edge]:
    origins = ColumnOrigins(definitions)
    for feature in definitions.features:
        node = LineageNode("feature", feature.feature_name)
        yield from (
            (LineageNode("column", f"{use.source}.{use.column}"), node) for use in origins.own(feature.feature_name)
        )
        yield from ((LineageNode("feature", name), node) for name in feature.reads)
        yield node, LineageNode("topic", feature.topic_name)
    for feature_set in definitions.sets.values():
        node = LineageNode("set", feature_set.set_name)
        yield from ((LineageNode("feature", name), node) for name in feature_set.names)
        yield from ((node, LineageNode("consumer", consumer.name)) for consumer in feature_set.consumers)


def _neighbours(edges: Iterable[Edge]) -> dict[LineageNode, list[LineageNode]]:
    neighbours: dict[LineageNode, list[LineageNode]] = {}
    for begin, end in edges:
        neighbours.setdefault(begin, []).append(end)
    return neighbours


def _reached(begun: Iterable[LineageNode], next_of: Mapping[LineageNode, list[LineageNode]]) -> set[LineageNode]:
    waiting = list(begun)
    reached = set(waiting)
    while waiting:
        new = [node for node in next_of.get(waiting.pop(), ()) if node not in reached]
        reached.update(new)
        waiting += new
    return reached


def _depths(definitions: Definitions) -> dict[str, int]:
    """Returns the layer of each feature: 1 without feature inputs, otherwise one after the last input."""
    reads = {feature.feature_name: feature.reads for feature in definitions.features}
    depths: dict[str, int] = {}

    def depth(name: str) -> int:
        if name not in depths:
            depths[name] = 1 + max((depth(read) for read in reads[name]), default=0)
        return depths[name]

    return {name: depth(name) for name in reads}
