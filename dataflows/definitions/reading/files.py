"""Lists the files of a folder of definitions: regular, small, and inside the folder, wherever links lead.

A folder mounted by Kubernetes holds links to files below `..data`; names that begin with a dot are not read themselves.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dataflows.definitions.reading.yaml_document import MAX_BYTES

SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Listing:
    """The content of a folder, sorted: files to read, each once, and refused paths with (expectation, hint)."""

    files: list[Path] = field(default_factory=list)
    refused: list[tuple[Path, "UnreadableFile"]] = field(default_factory=list)


class UnreadableFile(Exception):
    """A path is not read; worded like a DefinitionError."""

    def __init__(self, expected: str, hint: str | None = None) -> None:
        self.expected, self.hint = expected, hint
        super().__init__(expected, hint)


def listed(folder: Path) -> Listing:
    """Lists the definitions below a folder. Links inside it are followed, each folder and file once."""
    listing = Listing()
    if folder.is_dir():
        for path in sorted(_below(folder, folder.resolve(), listing, set())):
            listing.files.append(path)
    return listing


def content(file: Path) -> bytes:
    """Reads a file without blocking and up to the size limit of a definition. Raises UnreadableFile, OSError."""
    opened = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # does not wait for the writer of a pipe
    with os.fdopen(opened, "rb") as stream:
        facts = os.fstat(stream.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise UnreadableFile("a regular file")
        if facts.st_size > MAX_BYTES:
            raise UnreadableFile(f"at most {MAX_BYTES // 1024} KiB", f"it has {facts.st_size} bytes")
        return stream.read(MAX_BYTES + 1)


def _below(folder: Path, root: Path, listing: Listing, visited: set[Path]) -> Iterator[Path]:
    """Yields paths of files below a folder, regular entries before links."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: (entry.is_symlink(), entry.name))
    except OSError as error:
        listing.refused.append((folder, UnreadableFile("a readable folder", error.strerror)))
        return
    for entry in (entry for entry in entries if not entry.name.startswith(".")):
        path = Path(entry.path)
        try:
            yield from _entry(path, entry, root, listing, visited)
        except UnreadableFile as refused:
            listing.refused.append((path, refused))


def _entry(path: Path, entry: os.DirEntry[str], root: Path, listing: Listing, visited: set[Path]) -> Iterator[Path]:
    is_definition = entry.name.lower().endswith(SUFFIXES)
    if not entry.is_dir() and not is_definition:
        return
    real = _real(path, entry, root)
    if real in visited:
        return
    visited.add(real)
    if entry.is_dir() and is_definition:
        raise UnreadableFile("a regular file", "it is a folder")
    if entry.is_dir():
        yield from _below(path, root, listing, visited)
    else:
        yield path


def _real(path: Path, entry: os.DirEntry[str], root: Path) -> Path:
    """Returns the target of a path, which must be inside the folder. Raises UnreadableFile."""
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError):
        raise UnreadableFile("a link that leads to a file", "it leads nowhere") from None
    if entry.is_symlink() and not real.is_relative_to(root):
        raise UnreadableFile("a link that stays in the folder of definitions", "it leads out of it")
    return real
