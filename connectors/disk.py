"""Makes files survive a power failure."""

import os
from pathlib import Path


def flush_to_disk(path: Path) -> None:
    """Waits until a file, or the entries of a folder, are on the disk. Raises OSError."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
