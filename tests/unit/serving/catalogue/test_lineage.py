"""Tests lineage: the graph by brute force over the definitions; no node of the drawing under another, no edge
backwards."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from dataflows.definitions import Definitions, load
from serving.catalogue import DefinitionLineage, LineageGraph, LineageNode, lineage_chart
from serving.catalogue.folding import MOST, folded
from serving.catalogue.layered_layout import GraphSlot, laid_out
from tests.support.factories.definitions import by_hand
from tests.support.generators.random_definitions import definitions
from tests.support.generators.seeds import rng_of, seeds
from tests.support.oracle.sql_columns import columns_in
from tests.support.paths import ROOT

COUNT = {"source": "orders", "aggregation": "count", "value_type": "INT64", "window": "1h"}
BOX = re.compile(r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"')


Edge = tuple[LineageNode, LineageNode]


@pytest.fixture(scope="module")
def shipped() -> Definitions:
    return load(ROOT / "feature_specs")


def direct(made: Definitions) -> set[Edge]:
    """Returns every edge, computed with another SQL parser."""
    edges = set()
    for feature in made.features:
        node = LineageNode("feature", feature.feature_name)
        edges.add((node, LineageNode("topic", feature.topic_name)))
        known = {definition.feature_name for definition in made.features}
        edges |= {(LineageNode("feature", read), node) for read in columns_in(feature.expression, known)}
        if feature.source:
            source = made.sources[feature.source]
            columns = {source.entities[feature.entity_id], source.event_time.column}
            columns |= columns_in(feature.filter, source.columns) | columns_in(feature.value, source.columns)
            edges |= {(LineageNode("column", f"{source.name}.{column}"), node) for column in columns}
    for feature_set in made.sets.values():
        node = LineageNode("set", feature_set.set_name)
        edges |= {(LineageNode("feature", name), node) for name in feature_set.names}
        edges |= {(node, LineageNode("consumer", consumer.name)) for consumer in feature_set.consumers}
    return edges


def around(edges: set[Edge], begun: set[LineageNode]) -> set[Edge]:
    """Returns the edges between everything above and below, by expanding until nothing new is found."""
    above, below, known = set(begun), set(begun), 0
    while known < len(above) + len(below):
        known = len(above) + len(below)
        above |= {begin for begin, end in edges if end in above}
        below |= {end for begin, end in edges if begin in below}
    return {(begin, end) for begin, end in edges if {begin, end} <= above | below}


@pytest.mark.parametrize("seed", seeds(4))
def test_what_is_around_a_random_feature(seed: int, tmp_path: Path) -> None:
    made = definitions(rng_of(seed), tmp_path)
    lineage, edges = DefinitionLineage(made), direct(made)
    for feature in made.features:
        graph = lineage.of_feature(feature.feature_name)
        assert {*graph.edges} == around(edges, {LineageNode("feature", feature.feature_name)})


@pytest.mark.long
def test_what_is_around_a_set_and_a_source(shipped: Definitions) -> None:
    lineage, edges = DefinitionLineage(shipped), direct(shipped)
    assert {*lineage.of_set("fraud_v1").edges} == around(edges, {LineageNode("set", "fraud_v1")})
    columns = {LineageNode("column", f"logins.{column}") for column in shipped.sources["logins"].columns}
    assert {*lineage.of_source("logins").edges} == around(edges, columns)


def graphs(made: Definitions) -> list[LineageGraph]:
    lineage = DefinitionLineage(made)
    features = [lineage.of_feature(feature.feature_name) for feature in made.features]
    return [*features, *map(lineage.of_set, made.sets), *map(lineage.of_source, made.sources)]


def test_edges_lead_from_layer_to_layer(shipped: Definitions) -> None:
    for graph in graphs(shipped):
        layer = {node: number for number, nodes in enumerate(graph.layers) for node in nodes}
        assert all(layer[begin] < layer[end] for begin, end in graph.edges)
        chains = laid_out(graph).chains
        assert {(chain[0].node, chain[-1].node) for chain in chains} == {*graph.edges}
        assert all(right.layer == left.layer + 1 for chain in chains for left, right in pairwise(chain))


def link(kind: str, name: str) -> str:
    return f"{kind}/{name}"


def test_no_box_lies_on_another_or_outside(shipped: Definitions) -> None:
    for graph in graphs(shipped):
        drawn = str(lineage_chart(graph, link))
        width, height = map(int, re.findall(r'width="(\d+)" height="(\d+)"', drawn)[0])
        boxes = [tuple(map(int, box)) for box in BOX.findall(drawn)]
        assert len(boxes) == sum(map(len, folded(graph).layers))
        assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
        assert not [(one, two) for one in boxes for two in boxes if one < two and overlap(one, two)]


def overlap(one: tuple[int, ...], two: tuple[int, ...]) -> bool:
    beside = one[0] + one[2] <= two[0] or two[0] + two[2] <= one[0]
    above = one[1] + one[3] <= two[1] or two[1] + two[3] <= one[1]
    return not beside and not above


def test_an_edge_passes_beside_the_boxes_of_the_layers_between(shipped: Definitions) -> None:
    """Where it runs straight through a layer, no box is at its height."""
    for graph in graphs(shipped):
        drawn = str(lineage_chart(graph, link))
        boxes = [tuple(map(int, box)) for box in BOX.findall(drawn)]
        for path in re.findall(r'<path[^>]* d="([^"]+)"', drawn):
            for begin, end, y in straights(path):
                assert not [(x, top) for x, top, w, h in boxes if x < end and x + w > begin and top < y < top + h]


def straights(path: str) -> list[tuple[int, int, int]]:
    """Returns (from, to, height) of the straight parts of a path."""
    parts, x, y = [], 0, 0
    for command, numbers in re.findall(r"([MHC])([-\d ]+)", path):
        values = [int(number) for number in numbers.split()]
        if command == "H":
            parts.append((x, values[0], y))
            x = values[0]
        else:
            x, y = values[-2], values[-1]
    return parts


def test_sweeps_leave_fewer_crossings_than_the_alphabet(shipped: Definitions) -> None:
    graph = folded(DefinitionLineage(shipped).of_set("fraud_v1"))
    layout = laid_out(graph)
    ordered = {slot: row for column in layout.columns for row, slot in enumerate(column)}
    sorted_ = {slot: row for column in layout.columns for row, slot in enumerate(sorted(column, key=repr))}
    assert crossings(layout.chains, ordered) < 0.5 * crossings(layout.chains, sorted_)


def crossings(chains: Sequence[Sequence[GraphSlot]], place: Mapping[GraphSlot, int]) -> int:
    parts = [pair for chain in chains for pair in pairwise(chain)]
    return sum(
        one[0].layer == two[0].layer and (place[one[0]] - place[two[0]]) * (place[one[1]] - place[two[1]]) < 0
        for index, one in enumerate(parts)
        for two in parts[:index]
    )


def test_a_layer_of_many_is_counted_and_the_page_s_own_node_stays(tmp_path: Path) -> None:
    made = by_hand(tmp_path, **{f"f{number:02}": COUNT for number in range(40)})
    own = LineageNode("feature", "f39")
    graph = folded(DefinitionLineage(made).of_source("orders"), [own])
    features = next(layer for layer in graph.layers if own in layer)
    assert len(features) == MOST and features[-1].name.endswith(f"{40 - MOST + 1} more features")
    assert all(any({begin, end} & {node} for begin, end in graph.edges) for node in features)


def test_hostile_names_are_texts(tmp_path: Path) -> None:
    graph = LineageGraph(((LineageNode("consumer", "<script>alert(1)</script>" * 3),),), ())
    drawn = str(lineage_chart(graph, link))
    assert "<script" not in drawn and "&lt;script&gt;" in drawn


def test_a_source_that_nobody_reads_has_no_drawing(tmp_path: Path) -> None:
    made = by_hand(tmp_path, f=COUNT)
    assert DefinitionLineage(Definitions(made.sources, ())).of_source("orders").layers == ()
    assert lineage_chart(LineageGraph((), ()), link) == ""
