"""Sets, adds and removes keys of mappings; yields each possible text, the best first."""

from collections.abc import Iterator, Sequence

import yaml

from governance.authoring.editing.values import flow
from governance.authoring.editing.yaml_text import TextEdit, YamlText, end_of, start_of

Path = tuple[str, ...]


def with_key(text: YamlText, path: Path, value: object) -> Iterator[str]:
    """Yields texts with another value at a path, whose mapping exists."""
    node = text.value_at(path)
    if node is not None:
        yield text.changed(_replaced(text, node, flow(value)))
        return
    mapping = text.value_at(path[:-1])
    if isinstance(mapping, yaml.MappingNode):
        entry = f"{flow(path[-1])}: {flow(value)}"
        yield from with_entry(text, mapping, path[-1], [entry])


def without_key(text: YamlText, path: Path) -> Iterator[str]:
    """Yields texts in which a mapping lacks one of its several keys."""
    mapping = text.value_at(path[:-1])
    if isinstance(mapping, yaml.MappingNode):
        place = next(number for number, (key, _) in enumerate(mapping.value) if key.value == path[-1])
        yield text.changed(_removed(text, mapping, place))


def with_entry(text: YamlText, mapping: yaml.MappingNode, key: str, lines: Sequence[str]) -> Iterator[str]:
    """Yields texts with a further key, given as unindented lines, at each possible place."""
    if mapping.flow_style or not mapping.value:
        yield text.changed(_in_braces(text, mapping, lines))
        return
    column = mapping.value[0][0].start_mark.column
    indented = [f"{' ' * column}{line}" for line in lines]
    for before in _places(mapping, key):
        yield text.changed(text.lines(text.after(before, column), indented))
    yield text.changed(text.lines(start_of(mapping.value[0][0]) - column, indented))


def _places(mapping: yaml.MappingNode, key: str) -> Iterator[yaml.Node]:
    """Yields the values after which a key can stand: a baseline after the rules, else before the tests, else at the
    end."""
    names = [name.value for name, _ in mapping.value]
    values = [value for _, value in mapping.value]
    if key == "baseline_profile" and "validation_rules" in names:
        yield values[names.index("validation_rules")]
    if "tests" in names[1:]:
        yield values[names.index("tests") - 1]
    yield values[-1]


def _in_braces(text: YamlText, mapping: yaml.MappingNode, lines: Sequence[str]) -> TextEdit:
    entry = text.newline.join(lines)
    if not mapping.value:
        place = start_of(mapping) + 1
        return TextEdit(place, place, entry)
    place = end_of(mapping.value[-1][1])
    return TextEdit(place, place, f", {entry}")


def _replaced(text: YamlText, node: yaml.Node, written: str) -> TextEdit:
    end = end_of(node)
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        written += text.newline
    return TextEdit(start_of(node), end, written)


def _removed(text: YamlText, mapping: yaml.MappingNode, place: int) -> TextEdit:
    key, value = mapping.value[place]
    if not mapping.flow_style:
        column = key.start_mark.column
        return TextEdit(start_of(key) - column, text.after(value, column), "")
    if place + 1 < len(mapping.value):
        return TextEdit(start_of(key), start_of(mapping.value[place + 1][0]), "")
    return TextEdit(end_of(mapping.value[place - 1][1]), end_of(value), "")
