"""Files that are written all or not at all, and never over others."""

from collections.abc import Mapping
from pathlib import Path

from connectors.errors import HeadraceError


class AlreadyThere(HeadraceError, FileExistsError):
    """A file that would be written is there already; nothing was written."""


def write_new(files: Mapping[Path, str]) -> list[Path]:
    """Writes files and the folders they lie in; returns their paths. Raises AlreadyThere."""
    present = sorted(str(path) for path in files if path.exists())
    if present:
        raise AlreadyThere(f"{', '.join(present)}: already there; remove {_it(present)} or choose another name")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if text.startswith("#!"):
            path.chmod(0o755)
    return [*files]


def _it(present: list[str]) -> str:
    return "it" if len(present) == 1 else "them"
