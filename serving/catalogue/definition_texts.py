"""Reads the YAML of every definition from its file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dataflows.definitions import DefinitionFiles, files_by_kind
from serving.catalogue.entries import EntryKind


@dataclass(frozen=True, slots=True)
class DefinitionText:
    """A definition file: its path relative to the folder of definitions, and its content."""

    file: Path
    place: str
    text: str


DefinitionTexts = Mapping[tuple[EntryKind, str], DefinitionText]


def definition_texts(folder: Path) -> DefinitionTexts:
    """Returns the text of each definition of a folder, by kind and name. Raises OSError."""
    by_kind: DefinitionFiles = files_by_kind(folder)
    kinds: tuple[tuple[EntryKind, Mapping[str, Path]], ...] = (
        ("feature", by_kind.features),
        ("set", by_kind.sets),
        ("source", by_kind.sources),
    )
    return {(kind, name): _text(file, folder) for kind, files in kinds for name, file in files.items()}


def _text(file: Path, folder: Path) -> DefinitionText:
    text = file.read_text(encoding="utf-8-sig", errors="replace")
    return DefinitionText(file, file.relative_to(folder).as_posix(), text)
