"""Stores the registry as files, the default without a broker: one immutable file per revision."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from typing_extensions import override

from connectors.disk import flush_to_disk
from connectors.errors import UNDECODABLE, HeadraceError, naming
from connectors.file_lock import try_lock
from governance.registration.registry.document import InvalidRegistry
from governance.registration.registry.registered import RegistryMoved
from governance.registration.registry.revision import Revision, decoded, encoded
from governance.registration.registry.store import Registry, Tell

_PATTERN = "[0-9]" * 8 + ".json"
_AGAIN_S = 0.1


class RegistryBusy(HeadraceError):
    """Another process has been registering for longer than the timeout."""


class FileRegistry(Registry):
    """A folder of revisions. An existing file is complete: it is linked from a draft that is on the disk."""

    def __init__(self, folder: Path, patience_s: float = 60.0) -> None:
        self._folder, self._patience_s = folder, patience_s

    @property
    @override
    def place(self) -> str:
        """Returns the folder."""
        return str(self._folder)

    @override
    def revisions(self) -> list[Revision]:
        """Returns all revisions. Raises InvalidRegistry."""
        return [_read(file) for file in sorted(self._folder.glob(_PATTERN))]

    @override
    @contextmanager
    def hold(self, tell: Tell) -> Iterator[None]:
        """Holds the lock of the folder. Raises RegistryBusy. The system releases it when the holder ends, however it
        ends."""
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            self._lock(lock, tell)
            yield
        finally:
            os.close(lock)

    @override
    def append(self, revision: Revision) -> None:
        """Writes a revision; the first to link a number wins, even without the lock. Raises RegistryMoved."""
        self._folder.mkdir(parents=True, exist_ok=True)
        _write_once(self._folder / f"{revision.number:08}.json", encoded(revision))

    @override
    def complete(self) -> None:
        """Removes drafts of writers that ended."""
        for draft in self._folder.glob(".draft-*"):
            draft.unlink(missing_ok=True)

    def _lock(self, lock: int, tell: Tell) -> None:
        ends, announced = time.monotonic() + self._patience_s, False
        while not try_lock(lock):
            if time.monotonic() > ends:
                raise RegistryBusy(f"another process is registering in {self._folder}; try again later")
            if not announced:
                tell(f"waiting for another `headrace register` in {self._folder}")
                announced = True
            time.sleep(_AGAIN_S)


def _read(file: Path) -> Revision:
    try:
        return decoded(file.read_bytes())
    except UNDECODABLE as error:
        raise InvalidRegistry(f"{file} is damaged: {error!s:.200}; restore it, or import an export") from error


def _write_once(path: Path, content: bytes) -> None:
    draft = path.with_name(f".draft-{token_hex(8)}")
    try:
        _write(draft, content)
        path.hardlink_to(draft)
    except FileExistsError as error:
        raise RegistryMoved from error
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    flush_to_disk(path.parent)  # only now is the name on the disk, too


def _write(path: Path, content: bytes) -> None:
    with naming(path), path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
