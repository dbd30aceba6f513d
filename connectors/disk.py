"""What is to survive a loss of power."""

import os
from pathlib import Path


def flush_to_disk(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk. Raises OSError."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
