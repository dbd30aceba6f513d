"""What a reader of Parquet says of a file that is damaged, told apart from a store that does not answer."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from connectors.archive.errors import ArchiveDamaged


@contextmanager
def telling_damage(place: str, what: str) -> Iterator[None]:
    """Inside, what is wrong with the bytes of a file becomes ArchiveDamaged; what a store refuses has a number.

    The footer of a file has no checksum, so names and types in it may be anything.
    """
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ArchiveDamaged(f"{place}: {what}: {_line(error)}; hint: restore it") from error


def _line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
