"""Writes files to a folder that may hold foreign files: only files of earlier runs are overwritten or removed.

A list in the folder names the files of a run, with the hashes of their content. It is updated before the first file is
written, with both hashes of a changing file, so that the next run completes a killed one.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from connectors.errors import HeadraceError, naming
from dataflows.history.whole_files import PART, write_whole

LISTED = ".headrace-docs.json"
_FORM = 1


class NotPublished(HeadraceError):
    """A foreign file is in the way; nothing was written."""


def publish(files: Mapping[str, bytes], folder: Path) -> list[str]:
    """Writes files and removes other files of an earlier run; returns the removed ones.

    Raises NotPublished and OSError.
    """
    with naming(folder):
        folder.mkdir(parents=True, exist_ok=True)
        known = _listed(folder)
        _expect_ours(files, folder, known)
        hashes = {path: [_hash(content)] for path, content in sorted(files.items())}
        _note(folder, {path: [*known.get(path, []), *hashes.get(path, [])] for path in sorted({*known, *hashes})})
        for path, content in sorted(files.items()):
            _write(folder / path, content)
        _remove_parts(folder, known)
        removed = [path for path in sorted(known.keys() - files.keys()) if _remove(folder, path, known[path])]
        _note(folder, hashes)
    return removed


def _expect_ours(files: Mapping[str, bytes], folder: Path, known: Mapping[str, list[str]]) -> None:
    foreign = [
        path for path in sorted(files) if _is_foreign(folder / path, folder, [*known.get(path, ())], files[path])
    ]
    if foreign:
        shown = ", ".join(str(folder / path) for path in foreign[:3])
        more = f" and {len(foreign) - 3} more" if len(foreign) > 3 else ""
        raise NotPublished(
            f"{shown}{more}: not written by `headrace docs`, or changed since; "
            "nothing was written; hint: choose another folder, or move the file away"
        )


def _is_foreign(path: Path, folder: Path, hashes: list[str], content: bytes) -> bool:
    """Returns whether a path holds a foreign file; a folder that links elsewhere is foreign."""
    if not path.parent.resolve().is_relative_to(folder.resolve()) or (path.exists() and not path.is_file()):
        return True
    return path.is_file() and _hash(path.read_bytes()) not in (*hashes, _hash(content))


def _listed(folder: Path) -> dict[str, list[str]]:
    """Reads the files of the last run with their hashes. Raises NotPublished for an unreadable list."""
    file = folder / LISTED
    if not file.exists():
        return {}
    try:
        document = json.loads(file.read_bytes())
        if document["headrace_docs"] != _FORM:
            raise ValueError("another format")
        return {path: list(map(str, hashes)) for path, hashes in document["files"].items() if _is_inside(path)}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotPublished(f"{file}: not a list of `headrace docs`; nothing was written; hint: remove it") from error


def _is_inside(path: str) -> bool:
    return not PurePosixPath(path).is_absolute() and ".." not in PurePosixPath(path).parts


def _note(folder: Path, hashes: Mapping[str, list[str]]) -> None:
    text = json.dumps({"headrace_docs": _FORM, "files": hashes}, indent=1, sort_keys=True)
    _write(folder / LISTED, text.encode() + b"\n")


def _write(file: Path, content: bytes) -> None:
    """Writes a file whole; leaves one with equal content unchanged."""
    if file.is_file() and not file.is_symlink() and file.read_bytes() == content:
        return
    write_whole(file, content)


def _remove_parts(folder: Path, known: Iterable[str]) -> None:
    """Removes partial files of a run that died."""
    for path in known:
        part = folder / f"{path}{PART}"
        if part.parent.resolve().is_relative_to(folder.resolve()) and part.is_file():
            part.unlink()


def _remove(folder: Path, path: str, hashes: list[str]) -> bool:
    """Removes a file that is unchanged since it was written, and folders that become empty."""
    file = folder / path
    inside = file.parent.resolve().is_relative_to(folder.resolve())
    if not inside or file.is_symlink() or not file.is_file() or _hash(file.read_bytes()) not in hashes:
        return False
    file.unlink()
    for parent in _parents(file, folder):
        if any(parent.iterdir()):
            break
        parent.rmdir()
    return True


def _parents(file: Path, folder: Path) -> Iterator[Path]:
    """Yields the folders between a file and the folder of the site."""
    for parent in file.parents:
        if parent == folder:
            return
        yield parent


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
