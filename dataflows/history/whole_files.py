"""Writes files whole or not at all, however the process ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.errors import naming

PART = ".part"


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yields the file to write; it replaces `path` on success and creates its folder.

    Raises OSError with the file name if the disk is full or refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}{PART}")
    with naming(path):
        yield part
        part.replace(path)


def write_whole(path: Path, content: bytes) -> None:
    """Writes bytes to a file."""
    with whole_file(path) as part:
        part.write_bytes(content)
