"""Checks that a command can write to its output before it does its work."""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

from cli.error_reporting import InvalidArgument
from connectors.errors import naming


def expect_writable(folder: Path) -> None:
    """Creates a file in a folder that may not exist yet, and removes everything again.

    Raises InvalidArgument if no folder can exist there, and OSError if it cannot be written.
    """
    missing = [ancestor for ancestor in (folder, *folder.parents) if not ancestor.exists()]
    try:
        with naming(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=folder):
                pass
    except FileNotFoundError as error:
        raise InvalidArgument(f"{folder}: the folder cannot be created; expected another folder") from error
    finally:
        for made in missing:
            with suppress(OSError):
                made.rmdir()
