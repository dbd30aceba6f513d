"""Draws a lineage inline: boxes with links, from columns on the left to consumers on the right."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from markupsafe import Markup, escape

from serving.catalogue.folding import folded
from serving.catalogue.layered_layout import GraphLayout, GraphSlot, laid_out
from serving.catalogue.lineage_graph import LineageGraph, LineageNode

Link = Callable[[str, str], str]
"""Returns the address of a definition by kind (`feature`, `set`, `source`) and name."""

_HEIGHT, _PITCH, _PASS, _GAP, _TOP = 26, 34, 12, 52, 24
_CHARACTER, _PADDING, _LONGEST = 6.9, 18, 34
_HEADS = {"column": "columns", "feature": "features", "topic": "feature topics", "set": "sets", "consumer": "consumers"}


def lineage_chart(graph: LineageGraph, link: Link, here: Iterable[LineageNode] = ()) -> Markup:
    """Draws a lineage; `here` are the nodes that the page is about. Returns no markup for an empty one."""
    own = set(here)
    shown = folded(graph, own)
    if not shown.layers:
        return Markup()
    places = _Places(laid_out(shown))
    parts = [
        *places.heads(),
        *places.edges(own if len(own) == 1 else set()),
        *(_box(node, places, link, own) for node in places.nodes()),
    ]
    return Markup(
        f'<svg class="lineage-chart" width="{places.width}" height="{places.height}" '
        f'viewBox="0 0 {places.width} {places.height}" role="group" aria-label="Lineage">{"".join(parts)}</svg>'
    )


class _Places:
    """Positions in whole pixels."""

    def __init__(self, layout: GraphLayout) -> None:
        self._layout = layout
        self._widths = [max(_width(slot.node) for slot in column if slot.end is None) for column in layout.columns]
        heights = [sum(_PASS if slot.end else _PITCH for slot in column) for column in layout.columns]
        self._lefts = [sum(self._widths[:layer]) + layer * _GAP for layer in range(len(self._widths))]
        self.width = self._lefts[-1] + self._widths[-1] + 2
        self.height = max(heights) + _TOP
        self._slots = {slot.node: slot for column in layout.columns for slot in column if slot.end is None}
        self._tops: dict[GraphSlot, int] = {}
        for column, tall in zip(layout.columns, heights, strict=True):
            top = _TOP + (max(heights) - tall) // 2
            for slot in column:
                self._tops[slot] = top
                top += _PASS if slot.end else _PITCH

    def nodes(self) -> Iterator[LineageNode]:
        """Yields all nodes, layer by layer."""
        return (slot.node for column in self._layout.columns for slot in column if slot.end is None)

    def heads(self) -> Iterator[str]:
        """Yields the heading of each layer, once for equal ones."""
        before = ""
        for column, left in zip(self._layout.columns, self._lefts, strict=True):
            head = next(
                (_HEADS[slot.node.kind] for slot in column if slot.end is None and slot.node.kind in _HEADS), ""
            )
            head = "derived features" if head == before == "features" else head
            if head not in ("", before):
                yield f'<text class="head" x="{left}" y="12">{head}</text>'
            before = head or before

    def box(self, node: LineageNode) -> tuple[int, int, int]:
        """Returns left, top and width of a node."""
        slot = self._slots[node]
        return self._lefts[slot.layer], self._tops[slot], self._widths[slot.layer]

    def edges(self, own: set[LineageNode]) -> Iterator[str]:
        """Yields a curve per part of each edge; highlights edges of the `own` node."""
        for chain in self._layout.chains:
            look = ' class="near"' if {chain[0].node, chain[-1].node} & own else ""
            yield f'<path{look} d="M{self._right(chain[0])} {self._middle(chain[0])}{"".join(self._curves(chain))}"/>'

    def _curves(self, chain: Sequence[GraphSlot]) -> Iterator[str]:
        """Yields curves from layer to layer; straight lines where the edge passes one."""
        for left, right in pairwise(chain):
            begin, end, y1, y2 = self._right(left), self._lefts[right.layer], self._middle(left), self._middle(right)
            yield f"C{begin + _GAP // 2} {y1} {end - _GAP // 2} {y2} {end} {y2}"
            if right.end is not None:
                yield f"H{self._right(right)}"

    def _right(self, slot: GraphSlot) -> int:
        return self._lefts[slot.layer] + self._widths[slot.layer]

    def _middle(self, slot: GraphSlot) -> int:
        return self._tops[slot] + (_PASS if slot.end else _HEIGHT) // 2


def _box(node: LineageNode, places: _Places, link: Link, own: set[LineageNode]) -> str:
    left, top, width = places.box(node)
    text = _label(node)
    shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    title = f"<title>{escape(_title(node))}</title>" if shown != _title(node) else ""
    drawn = (
        f'<g class="{node.kind}{" here" if node in own else ""}">{title}'
        f'<rect x="{left + 1}" y="{top}" width="{width - 2}" height="{_HEIGHT}" rx="6"/>'
        f'<text x="{left + _PADDING // 2}" y="{top + 17}">{escape(shown)}</text></g>'
    )
    address = _address(node, link)
    return f'<a href="{escape(address)}">{drawn}</a>' if address and node not in own else drawn


def _address(node: LineageNode, link: Link) -> str:
    if node.kind in ("feature", "set"):
        return link(node.kind, node.name)
    return link("source", node.name.split(".", 1)[0]) if node.kind == "column" else ""


def _label(node: LineageNode) -> str:
    if node.kind == "topic":
        return node.name.rsplit("/", 1)[-1]
    return node.name.split(":", 1)[1] if node.kind == "more" else node.name


def _title(node: LineageNode) -> str:
    return node.name if node.kind == "topic" else _label(node)


def _width(node: LineageNode) -> int:
    return int(min(len(_label(node)), _LONGEST) * _CHARACTER) + _PADDING
