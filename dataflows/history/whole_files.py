"""Files that are written whole or not at all, however the process ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.errors import naming

PART = ".part"


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """The file to write inside; it takes the place of `path`, whose folder is made, when all went well.

    Raises OSError, which names the file, where the disk is full or refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}{PART}")
    with naming(path):
        yield part
        part.replace(path)


def write_whole(path: Path, content: bytes) -> None:
    """Writes bytes."""
    with whole_file(path) as part:
        part.write_bytes(content)
