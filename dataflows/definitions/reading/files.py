"""The files of a folder of definitions: regular, small, and inside it, wherever links lead.

A folder mounted by Kubernetes holds links to files below `..data`; names with a dot first are not looked at themselves.
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
    """What a folder holds, ordered: files to read, each once, and what is refused with (expected, hint)."""

    files: list[Path] = field(default_factory=list)
    refused: list[tuple[Path, "UnreadableFile"]] = field(default_factory=list)


class UnreadableFile(Exception):
    """A path that is not read; in the words of DefinitionError."""

    def __init__(self, expected: str, hint: str | None = None) -> None:
        self.expected, self.hint = expected, hint
        super().__init__(expected, hint)


def listed(folder: Path) -> Listing:
    """The definitions below a folder. Links inside it are followed, each folder and file once."""
    listing = Listing()
    if folder.is_dir():
        for path in sorted(_below(folder, folder.resolve(), listing, set())):
            listing.files.append(path)
    return listing


def content(file: Path) -> bytes:
    """What is in a file; never waits, never reads more than a definition may have. Raises Refused, OSError."""
    opened = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe is not waited for
    with os.fdopen(opened, "rb") as stream:
        facts = os.fstat(stream.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise UnreadableFile("a regular file")
        if facts.st_size > MAX_BYTES:
            raise UnreadableFile(f"at most {MAX_BYTES // 1024} KiB", f"it has {facts.st_size} bytes")
        return stream.read(MAX_BYTES + 1)


def _below(folder: Path, root: Path, listing: Listing, visited: set[Path]) -> Iterator[Path]:
    """Paths of files below a folder, those that are no links first."""
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
    """Where a path leads, which must be inside the folder."""
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError):
        raise UnreadableFile("a link to an existing file", "its target does not exist") from None
    if entry.is_symlink() and not real.is_relative_to(root):
        raise UnreadableFile("a link to a file within the folder of definitions", "its target is outside")
    return real
