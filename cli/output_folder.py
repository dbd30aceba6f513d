"""Whether a command can write where it is told to, found out before its work instead of after."""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

from cli.error_reporting import Mistake
from connectors.errors import naming


def expect_writable(folder: Path) -> None:
    """Makes a file in a folder that need not be there yet, and leaves nothing behind.

    Raises Mistake where the system has no place for a folder, and OSError where it cannot be written.
    """
    missing = [ancestor for ancestor in (folder, *folder.parents) if not ancestor.exists()]
    try:
        with naming(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=folder):
                pass
    except FileNotFoundError as error:
        raise Mistake(f"{folder}: the folder cannot be created; expected another folder") from error
    finally:
        for made in missing:
            with suppress(OSError):
                made.rmdir()
