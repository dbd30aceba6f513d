"""Notes deprecations at their lines."""

from collections.abc import Iterator
from pathlib import Path

from dataflows.definitions import Definitions, definition_files
from dataflows.definitions.reading.yaml_document import read
from governance.checking.annotations.finding import Finding

DEPRECATED = "deprecated"


def deprecation_notes(definitions: Definitions, folder: Path, now_ms: int) -> list[Finding]:
    """Returns a note for each deprecated feature and set, in the order of files."""
    return sorted(_notes(definitions, folder, now_ms), key=lambda note: (str(note.file), note.title))


def _notes(definitions: Definitions, folder: Path, now_ms: int) -> Iterator[Finding]:
    files = definition_files(folder) if definitions.deprecated else {}
    for name, deprecation in definitions.deprecated.items():
        yield Finding(
            file=files[name],
            line=_line(files[name]),
            level="note",
            rule=DEPRECATED,
            title=name,
            text=f"{name}: {deprecation.words_at(now_ms)}",
            identity=f"{DEPRECATED}\n{name}",
        )


def _line(path: Path) -> int:
    """Returns the line of the key."""
    return read(path.read_bytes()).key_lines.get((DEPRECATED,), 1)
