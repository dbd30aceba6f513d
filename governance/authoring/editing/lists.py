"""Adds an entry to a list; yields each possible text, the best first."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeGuard

import yaml

from governance.authoring.editing.keys import with_entry
from governance.authoring.editing.values import flow
from governance.authoring.editing.yaml_text import TextEdit, YamlText, end_of, start_of

_STEP = 2


def with_item(text: YamlText, key: str, item: Mapping[str, object], comment: str) -> Iterator[str]:
    """Yields texts in which the list of a top-level key has a further entry, below a comment."""
    node = text.value_at((key,))
    if node is None:
        yield from _new_list(text, key, item, comment)
    elif not isinstance(node, yaml.SequenceNode):
        return
    elif not node.flow_style:
        yield text.changed(_below(text, node, item, comment))
    elif node.value:
        yield text.changed(_behind(text, node, item, comment))
    else:
        yield from _filled(text, node, item, comment)


def item_lines(item: Mapping[str, object], offset: int = 2, gap: int = 1) -> list[str]:
    """Formats an entry as unindented lines; nested lists of mappings get a line per mapping.

    >>> item_lines({"events": [{"amount": 1}], "at": "noon"})
    ['- events:', '    - {amount: 1}', '  at: noon']
    """
    lines = [line for key, value in item.items() for line in _key_lines(key, value, offset)]
    dash, space = f"-{' ' * gap}", " " * (1 + gap)
    return [f"{space if number else dash}{line}" for number, line in enumerate(lines)]


def _key_lines(key: str, value: object, offset: int) -> list[str]:
    if _holds_mappings(value):
        return [f"{flow(key)}:", *(f"{' ' * offset}- {flow(part)}" for part in value)]
    if isinstance(value, Mapping) and any(map(_holds_mappings, value.values())):
        inner = [line for name, part in value.items() for line in _key_lines(name, part, offset)]
        return [f"{flow(key)}:", *(f"{' ' * (offset or _STEP)}{line}" for line in inner)]
    return [f"{flow(key)}: {flow(value)}"]


def _holds_mappings(value: object) -> TypeGuard[list[Mapping[str, object]]]:
    return isinstance(value, list) and bool(value) and all(isinstance(part, Mapping) for part in value)


def _new_list(text: YamlText, key: str, item: Mapping[str, object], comment: str) -> Iterator[str]:
    if text.root.flow_style:
        entry = [f"{key}: [", f"  # {comment}", f"  {flow(item)}]"]
    else:
        indent = " " * text.offset
        entry = [f"{key}:", f"{indent}# {comment}", *(indent + line for line in item_lines(item, text.offset))]
    yield from with_entry(text, text.root, key, entry)


def _below(text: YamlText, items: yaml.SequenceNode, item: Mapping[str, object], comment: str) -> TextEdit:
    """Inserts an entry in the columns of the previous one."""
    column, last = items.start_mark.column, items.value[-1]
    block = isinstance(last, yaml.MappingNode) and not last.flow_style
    gap = last.start_mark.column - column - 1 if block and last.start_mark.column > column + 1 else 1
    indent = " " * column
    lines = [f"{indent}# {comment}", *(indent + line for line in item_lines(item, text.offset, gap))]
    return text.lines(text.after(last, max(0, column - 1)), lines)


def _behind(text: YamlText, items: yaml.SequenceNode, item: Mapping[str, object], comment: str) -> TextEdit:
    place = end_of(items.value[-1])
    indent = text.newline + "  "
    return TextEdit(place, place, f",{indent}# {comment}{indent}{flow(item)}")


def _filled(text: YamlText, items: yaml.SequenceNode, item: Mapping[str, object], comment: str) -> Iterator[str]:
    """Replaces `[]` by lines; fills it if it is inside braces."""
    start, end = start_of(items), end_of(items)
    indent = " " * text.offset
    lines: Sequence[str] = [f"{indent}# {comment}", *(indent + line for line in item_lines(item, text.offset))]
    emptied = TextEdit(start - (text.text[start - 1] == " "), end, "")
    yield text.changed(emptied, text.lines(text.next_line(end), lines))
    yield text.changed(TextEdit(start, end, f"[{text.newline}  # {comment}{text.newline}  {flow(item)}]"))
