"""Edits, checks and then writes a definition file: whole, or not at all."""

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from connectors.errors import HeadraceError, naming
from dataflows.definitions import DefinitionErrors, Definitions, load
from dataflows.definitions.reading.yaml_document import YamlErrors, read
from governance.authoring.editing import keys, lists
from governance.authoring.editing.values import flow
from governance.authoring.editing.yaml_text import BOM, YamlText


class UneditableFile(HeadraceError):
    """A file cannot be edited line by line; the text says what to write by hand."""


@dataclass(frozen=True, slots=True)
class DefinitionFile:
    """A file with its content `before` and `after` the edits; `by_hand` is the text of the edits.

    Every edit is read again by the reader of definitions and must have the intended meaning, otherwise UneditableFile
    is raised.
    """

    path: Path
    before: bytes
    after: bytes
    by_hand: tuple[str, ...] = ()

    @property
    def value(self) -> dict[str, Any]:
        """Returns the parsed content after the edits."""
        value: dict[str, Any] = read(self.after).value
        return value

    def with_value(self, key: str, value: object) -> "DefinitionFile":
        """Sets a key, or adds it at its place."""
        expected = {**self.value, key: value}
        return self._edited(keys.with_key(self._text, (key,), value), expected, f"{key}: {flow(value)}")

    def with_mapping(self, key: str, entries: Mapping[str, object]) -> "DefinitionFile":
        """Sets the entries of a mapping; unchanged ones are not touched."""
        present = self.value.get(key)
        if present is None:
            return self.with_value(key, entries)
        file = self
        for name, value in entries.items():
            if name not in present or not _same(present[name], value):
                file = file._with(key, name, value)
        for name in sorted(present.keys() - entries.keys()):
            file = file._without(key, name)
        return replace(file, by_hand=(*self.by_hand, f"{key}: {flow(entries)}"))

    def without(self, key: str) -> "DefinitionFile":
        """Removes a key with its value."""
        expected = {name: value for name, value in self.value.items() if name != key}
        return self._edited(keys.without_key(self._text, (key,)), expected, f"no {key}")

    def with_item(self, key: str, item: Mapping[str, object], comment: str) -> "DefinitionFile":
        """Appends an entry to a list, below a comment."""
        expected = {**self.value, key: [*self.value.get(key, ()), item]}
        by_hand = "\n".join([f"{key}:", *(f"  {line}" for line in lists.item_lines(item))])
        return self._edited(lists.with_item(self._text, key, item, comment), expected, by_hand)

    def _with(self, key: str, name: str, value: object) -> "DefinitionFile":
        expected = {**self.value, key: {**self.value[key], name: value}}
        return self._edited(
            keys.with_key(self._text, (key, name), value), expected, f"{key}: {{{name}: {flow(value)}}}"
        )

    def _without(self, key: str, name: str) -> "DefinitionFile":
        expected = {**self.value, key: {member: value for member, value in self.value[key].items() if member != name}}
        return self._edited(keys.without_key(self._text, (key, name)), expected, f"{key} without {name}")

    @property
    def _text(self) -> YamlText:
        return YamlText(self.after.decode("utf-8").removeprefix(BOM))

    def _edited(self, texts: Iterator[str], expected: object, by_hand: str) -> "DefinitionFile":
        """Returns the file with the first text that has the expected meaning."""
        bom = BOM if self.after.startswith(BOM.encode()) else ""
        try:
            contents = ((bom + text).encode("utf-8") for text in texts)
            content = next((content for content in contents if _means(content, expected)), None)
        except yaml.YAMLError as error:
            raise self._uneditable(by_hand) from error
        if content is None:
            raise self._uneditable(by_hand)
        return replace(self, after=content, by_hand=(*self.by_hand, by_hand))

    def _uneditable(self, by_hand: str) -> UneditableFile:
        return UneditableFile(
            f"{self.path}: cannot be edited without changing other lines; nothing was written. Edit by hand: {by_hand}"
        )


def file_of(path: Path) -> DefinitionFile:
    """Opens a file without edits. Raises UneditableFile."""
    content = path.read_bytes()
    try:
        read(content)
    except YamlErrors as error:
        raise UneditableFile(f"{path}: cannot be read; run headrace validate") from error
    return DefinitionFile(path, content, content)


def write_definitions(folder: Path, files: Iterable[DefinitionFile]) -> Definitions:
    """Writes edited files if the folder is valid with them; returns its definitions. Raises UneditableFile."""
    changed = [file for file in files if file.after != file.before]
    try:
        definitions = load(folder, {file.path: file.after for file in changed})
    except DefinitionErrors as wrong:
        by_hand = "; ".join(text for file in changed for text in file.by_hand)
        raise UneditableFile(
            f"with this edit the definitions are invalid, so nothing was written: {wrong.errors[0]}. "
            f"To apply it, edit by hand: {by_hand}"
        ) from wrong
    for file in changed:
        _write(file)
    return definitions


def _write(file: DefinitionFile) -> None:
    """Replaces the file that a path or link leads to atomically, keeping its permissions."""
    target = file.path.resolve()
    with naming(target):
        if target.read_bytes() != file.before:
            raise UneditableFile(
                f"{file.path}: changed while the command was running; nothing was written. Run the command again"
            )
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        part = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                os.fchmod(stream.fileno(), target.stat().st_mode & 0o7777)
                stream.write(file.after)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def _means(content: bytes, expected: object) -> bool:
    try:
        return _same(read(content).value, expected)
    except YamlErrors:
        return False


def _same(left: object, right: object) -> bool:
    """Returns whether two values are equal and of one type: 1 is neither 1.0 nor true."""
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)
