"""Stores an archive in a folder, or in an object store by fsspec. Files appear whole or not at all."""

import asyncio
import errno
import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from secrets import token_hex
from typing import Any, NoReturn

import fsspec
import pyarrow as pa
from fsspec.implementations.local import LocalFileSystem

from connectors.archive.errors import ArchiveDamaged, ArchiveDiskFull, ArchiveUnavailable, ArchiveUrlError
from connectors.disk import flush_to_disk
from connectors.errors import is_of_disk, naming

_DRAFTS: set[Path] = set()
"""Drafts of this process; needed because in a container the next process may have the same process id."""
_EXISTS = {errno.EINVAL, errno.EBUSY}
"""What s3fs makes of the answers that an object already exists, or is being written."""
_HIDDEN = re.compile(r"(?<=//)[^/@]*@|[?#].*")


class ArchiveStore:
    """Files below an address; `drafts` is a local folder for files that are on their way to an object store.

    Raises ArchiveUrlError for an unknown kind of address, ArchiveUnavailable from every method, and OSError for a local
    disk that is full or refuses. Leaves the last `spare_bytes` of the disk free for others.
    """

    def __init__(self, url: str, drafts: Path, spare_bytes: int = 0) -> None:
        self.place = _HIDDEN.sub("", url)
        self._system, self._root = _opened(url, self.place)
        self._local = isinstance(self._system, LocalFileSystem)
        self._drafts, self._refusals, self._spare_bytes = drafts, refusals_of(self._system), spare_bytes

    def paths(self, folder: str) -> list[str]:
        """Returns all files below a folder, relative to it, without hidden files; empty if the folder does not
        exist."""
        top = self._at(folder)
        with self.telling(f"list {folder}"):
            try:
                listed = _walked(top) if self._local else self._system.find(top)
                below = [path.removeprefix(top).lstrip("/") for path in listed]
            except FileNotFoundError:
                return []
        return sorted(path for path in below if not path.rpartition("/")[2].startswith((".", "_")))

    @contextmanager
    def opened(self, path: str) -> Iterator[Any]:
        """Opens a file for reading, closed at the end of the block. Raises ArchiveDamaged if it no longer exists."""
        with self.telling(f"read {path}"):
            try:
                with pa.OSFile(self._at(path)) if self._local else self._system.open(self._at(path), "rb") as file:
                    yield file
            except FileNotFoundError as error:
                raise ArchiveDamaged(f"{self.place}/{path}: the file no longer exists; hint: restore it") from error

    @property
    def is_remote(self) -> bool:
        """Returns whether several files can be fetched at once: from a store that is reached over a network."""
        return bool(self._system.async_impl)

    def fetch(self, path: str, most: int) -> Future[bytes]:
        """Begins to fetch the first `most` bytes of a file of a remote store."""
        content = self._system._cat_file(self._at(path), start=0, end=most)
        return asyncio.run_coroutine_threadsafe(content, self._system.loop)

    def draft(self, folder: str, name: str) -> Path:
        """Returns the path of a file while it is written; removes drafts that earlier processes left there."""
        parent = Path(self._at(folder)) if self._local else self._drafts
        parent.mkdir(parents=True, exist_ok=True)
        _remove_left(parent, name)
        draft = parent / f".{name}.{token_hex(4)}.{os.getpid()}"
        _DRAFTS.add(draft)
        return draft

    def expect_room(self) -> None:
        """Raises ArchiveDiskFull if the disk of the drafts has fewer free bytes than must be spared."""
        folder = Path(self._root) if self._local else self._drafts
        if not self._spare_bytes or not folder.exists():
            return
        if (free := shutil.disk_usage(folder).free) < self._spare_bytes:
            raise ArchiveDiskFull(
                f"archive at {self.place}: {folder} has {free >> 20} MB left, and {self._spare_bytes >> 20} MB are "
                "kept for the dataflow; hint: free some space, or move the archive to another disk"
            )

    def put(self, draft: Path, path: str) -> None:
        """Turns a complete draft into the file `path`."""
        _DRAFTS.discard(draft)
        if self._local:
            _move(draft, Path(self._at(path)))
            return
        with self.telling(f"write {path}"):
            self._system.put_file(str(draft), self._at(path))  # an object appears only when it is complete
        draft.unlink()

    def notes(self, folder: str) -> list[str]:
        """Returns the paths of the small files in a folder; empty if it does not exist."""
        with self.telling(f"list {folder}"):
            try:
                paths = self._system.find(self._at(folder))
            except FileNotFoundError:
                return []
        return sorted(f"{folder}/{path.rpartition('/')[2]}" for path in paths)

    def create(self, path: str, content: bytes) -> bool:
        """Writes a small file unless it exists; returns whether it holds this content now."""
        with self.telling(f"write {path}"):
            self._make_folder(path)
            try:
                self._put_new(self._at(path), content)
            except OSError as error:
                if error.errno not in _EXISTS and not isinstance(error, FileExistsError):
                    raise
                if (current := self.read(path)) is None:
                    raise
                return current == content  # a request that was repeated may find its own file
        return True

    def read(self, path: str) -> bytes | None:
        """Returns the content of a small file; None if it does not exist."""
        with self.telling(f"read {path}"):
            try:
                content: bytes = self._system.cat_file(self._at(path))
            except FileNotFoundError:
                return None
        return content

    def write(self, path: str, content: bytes) -> None:
        """Writes or replaces a small file."""
        with self.telling(f"write {path}"):
            self._make_folder(path)
            self._system.pipe_file(self._at(path), content)

    def remove(self, path: str) -> None:
        """Removes a small file if it exists."""
        with self.telling(f"remove {path}"), suppress(FileNotFoundError):
            self._system.rm_file(self._at(path))

    def _put_new(self, target: str, content: bytes) -> None:
        if not self._local:
            self._system.pipe_file(target, content, mode="create")
            return
        with naming(Path(target)), Path(target).open("xb") as file:
            file.write(content)

    def _make_folder(self, path: str) -> None:
        if self._local:
            Path(self._at(path)).parent.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def telling(self, act: str) -> Iterator[None]:
        """Converts refusals of the store within the block to ArchiveUnavailable."""
        try:
            yield
        except self._refusals as error:
            if self._local and is_of_disk(error):
                raise
            raise ArchiveUnavailable(f"archive at {self.place}: cannot {act}: {self._reason(error)}") from error

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _reason(self, error: Exception) -> str:
        return _HIDDEN.sub("", str(error)) or type(error).__name__


def _walked(top: str) -> list[str]:
    """Returns all files below a folder; faster than fsspec, which reads every file's attributes."""

    def refuse(error: OSError) -> NoReturn:
        raise error

    walk = os.walk(top, onerror=refuse, followlinks=True)
    return [f"{folder}/{name}" for folder, _, names in walk for name in names]


def _move(draft: Path, target: Path) -> None:
    with naming(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        flush_to_disk(draft)
        draft.replace(target)
        flush_to_disk(target.parent)


def _remove_left(folder: Path, name: str) -> None:
    for left in folder.glob(f".{name}.*"):
        if left not in _DRAFTS and not _is_of_another(left.name.rpartition(".")[2]):
            left.unlink(missing_ok=True)


def _is_of_another(owner: str) -> bool:
    """Returns whether another living process writes the draft."""
    if not owner.isdecimal() or int(owner) == os.getpid():
        return False
    with suppress(PermissionError):
        try:
            os.kill(int(owner), 0)
        except ProcessLookupError:
            return False
    return True


def _opened(url: str, place: str) -> tuple[Any, str]:
    local = "://" not in url or url.startswith("file://")
    options = {} if local else {"use_listings_cache": False, "skip_instance_cache": True}
    try:
        system, root = fsspec.core.url_to_fs(url, **options)
    except (ValueError, ImportError) as error:
        problem = f"{place}: {error}; expected a folder or an fsspec URL such as s3://bucket/path"
        raise ArchiveUrlError(problem) from error
    return system, root.rstrip("/")


def refusals_of(system: Any) -> tuple[type[Exception], ...]:
    """Returns the exceptions of a file system: s3fs converts the answers of S3 to OSError, but neither botocore's own
    errors nor those of a connection that breaks in the middle of a body."""
    if "s3" not in system.protocol:
        return (OSError,)
    return (OSError, import_module("botocore.exceptions").BotoCoreError, import_module("aiohttp").ClientError)
