"""Models a YAML file as text, with the place of every key and value."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import yaml

BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
BOM = "\ufeff"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Loader of the reader of definitions: the C loader accepts no tab before a comment."""
_COMMENT = re.compile(r"[ \t]*(#|$)")


@dataclass(frozen=True, slots=True)
class TextEdit:
    """A text that replaces `text[start:end]`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class YamlText:
    """A text that the strict reader has accepted, without its byte order mark.

    >>> YamlText("a: 1  # one\\nb: {c: 2}\\n").root.value[0][1].end_mark.index
    4
    """

    text: str

    @cached_property
    def root(self) -> yaml.MappingNode:
        """Returns the top-level mapping."""
        return cast(yaml.MappingNode, yaml.compose(self.text, Loader=LOADER))

    @cached_property
    def newline(self) -> str:
        """Returns the line ending of the first line."""
        line_break = BREAK.search(self.text)
        return line_break[0] if line_break else "\n"

    @cached_property
    def offset(self) -> int:
        """Returns how far the dash of a list is indented behind its key; 2 without a list."""
        return next((max(0, column) for column in _offsets(self.root)), 2)

    def value_at(self, path: Sequence[str]) -> yaml.Node | None:
        """Returns the value at a path of keys; None if there is none."""
        node: yaml.Node = self.root
        for key in path:
            if not isinstance(node, yaml.MappingNode):
                return None
            value_node = next((value for name, value in node.value if name.value == key), None)
            if value_node is None:
                return None
            node = value_node
        return node

    def after(self, node: yaml.Node, column: int) -> int:
        """Returns where the lines of a block end, including comments that are indented deeper than a column."""
        place = self._line_end(end_of(node))
        following = place
        while following < len(self.text):
            end = self.next_line(following)
            line = BREAK.sub("", self.text[following:end])
            if not _COMMENT.match(line):
                break
            following = end
            if line.strip() and len(line) - len(line.lstrip(" ")) > column:
                place = end
        return place

    def changed(self, *edits: TextEdit) -> str:
        """Returns the text with edits that do not overlap."""
        text = self.text
        for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text

    def lines(self, place: int, lines: Sequence[str]) -> TextEdit:
        """Inserts whole lines at the start of a line, or at the end of a text whose last line has no line break."""
        text = self.newline.join(lines)
        begun = place > 0 and not BREAK.fullmatch(self.text[place - 1])
        return TextEdit(place, place, f"{self.newline}{text}" if begun else f"{text}{self.newline}")

    def _line_end(self, place: int) -> int:
        """Returns the start of the next line; `place` itself at the start of a line."""
        if place and BREAK.fullmatch(self.text[place - 1]):
            return place
        return self.next_line(place)

    def next_line(self, place: int) -> int:
        """Returns the start of the next line after a place."""
        line_break = BREAK.search(self.text, place)
        return line_break.end() if line_break else len(self.text)


def end_of(node: yaml.Node) -> int:
    """Returns where a node ends; a block ends with its last value."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return end_of(last[1] if isinstance(node, yaml.MappingNode) else last)
    return mark(node.end_mark)


def start_of(node: yaml.Node) -> int:
    """Returns where a node begins."""
    return mark(node.start_mark)


def mark(place: Any) -> int:
    """Returns the place of a mark in the text."""
    return int(place.index)


def _offsets(mapping: yaml.MappingNode) -> Any:
    for key, value in mapping.value:
        if isinstance(value, yaml.SequenceNode) and not value.flow_style:
            yield value.start_mark.column - key.start_mark.column
        if isinstance(value, yaml.MappingNode):
            yield from _offsets(value)
