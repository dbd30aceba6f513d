"""Stores files under one address, local or remote, whole or not at all; all refusals become one error."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from reports.errors import StoreRefused, StoreUrlError

_HIDDEN = re.compile(r"(?<=//)[^/@]*@|[?#].*")


class Files:
    """Small files below an address; paths are relative to it and are not checked here.

    Listings are never cached, because others write here too. Every method raises StoreRefused.
    """

    def __init__(self, url: str) -> None:
        self.place = _HIDDEN.sub("", url)
        self._system, self._root = _opened(url, self.place)
        self._refusals = _refusals(self._system)

    def put(self, path: str, content: bytes) -> None:
        """Writes a file; a reader sees either all of the old or all of the new content."""
        with self._telling(f"write {path}"):
            if isinstance(self._system, LocalFileSystem):
                self._put_aside(self._full_path(path), content)
            else:
                self._system.pipe_file(self._full_path(path), content)  # an object appears only when it is complete

    def get(self, path: str) -> bytes | None:
        """Returns the content; None if the file does not exist."""
        with self._telling(f"read {path}"):
            try:
                return bytes(self._system.cat_file(self._full_path(path)))
            except FileNotFoundError:
                return None

    def names(self, folder: str) -> list[str]:
        """Returns the names directly in a folder; empty if it does not exist."""
        with self._telling(f"list {folder}"):
            try:
                return [
                    path.rstrip("/").rpartition("/")[2]
                    for path in self._system.ls(self._full_path(folder), detail=False)
                ]
            except FileNotFoundError:
                return []

    def sizes(self) -> dict[str, int]:
        """Returns all files with their sizes in bytes."""
        with self._telling("list all"):
            entries: dict[str, Any] = (
                self._system.find(self._root, detail=True) if self._system.exists(self._root) else {}
            )
        return {path.removeprefix(self._root).lstrip("/"): int(info["size"]) for path, info in entries.items()}

    def delete(self, paths: list[str]) -> None:
        """Deletes files, and folders with their content."""
        with self._telling(f"delete {paths[0]}"):
            self._system.rm([self._full_path(path) for path in paths], recursive=True)

    def _full_path(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _put_aside(self, path: str, content: bytes) -> None:
        folder, _, name = path.rpartition("/")
        draft = f"{folder}/.{name}.{os.getpid()}"
        try:
            self._system.pipe_file(draft, content)
            self._system.mv(draft, path)
        except OSError:
            with suppress(OSError):  # the first error is the one to report
                self._system.rm_file(draft)
            raise

    @contextmanager
    def _telling(self, operation: str) -> Iterator[None]:
        try:
            yield
        except self._refusals as error:
            raise StoreRefused(f"reports at {self.place}: cannot {operation}: {_reason(error)}") from error


def _opened(url: str, place: str) -> tuple[Any, str]:
    local = "://" not in url or url.startswith("file://")
    options = {"auto_mkdir": True} if local else {"use_listings_cache": False, "skip_instance_cache": True}
    try:
        system, root = fsspec.core.url_to_fs(url, **options)
    except (ValueError, ImportError) as error:
        raise StoreUrlError(f"{place}: {error}; expected a folder or an fsspec URL such as s3://bucket/path") from error
    return system, root.rstrip("/")


def _refusals(system: Any) -> tuple[type[Exception], ...]:
    """Returns the exceptions of a file system: s3fs converts the answers of S3 to OSError, but neither botocore's own
    errors nor those of a connection that breaks in the middle of a body."""
    if "s3" not in system.protocol:
        return (OSError,)
    return (OSError, import_module("botocore.exceptions").BotoCoreError, import_module("aiohttp").ClientError)


def _reason(error: Exception) -> str:
    """Returns the message of an error without its path, which the caller names."""
    if isinstance(error, OSError) and error.strerror and error.errno != errno.EIO:
        return error.strerror
    return _HIDDEN.sub("", str(error)) or type(error).__name__
