"""Lets one archiver at a time write the archive of a topic: a small file names it and the time until which it holds.

A killed archiver leaves the file behind. Another one on the same machine sees that its process is dead and takes over
at once, one elsewhere when the time is over. Clocks of hosts may differ, and a stopped process may wake up later: then
two archivers believe that they hold the archive, and `FileClaims` keeps their files from overlapping.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from connectors.archive.errors import ArchiveTaken, ArchiveUnavailable
from connectors.archive.holding.holder import NOTES, Holder, decoded, moment, new_holder
from connectors.archive.naming import topic_folder
from connectors.archive.store import ArchiveStore

log = logging.getLogger(__name__)

LEASE_MS = 300_000
"""How long an archiver holds without a renewal: a file of 256 MB takes a while to upload."""
RENEW_MS = 30_000
_ATTEMPTS = 5


class _LeaseRecord(msgspec.Struct, frozen=True):
    holder: Holder
    until_ms: int


class ArchiveLease:
    """The lease of a topic's archive. Its methods raise ArchiveTaken, ArchiveUnavailable, OSError."""

    def __init__(self, store: ArchiveStore, topic: str, now: Callable[[], int]) -> None:
        self._store, self._folder, self._now = store, topic_folder(topic), now
        self._path, self.holder, self._renew_ms = f"{self._folder}/{NOTES}/_holder.json", new_holder(now()), 0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Holds the archive inside the block."""
        self._take()
        try:
            yield
        finally:
            self._release()

    def renew(self) -> None:
        """Renews the lease if that is due. Raises ArchiveTaken if another archiver has taken it."""
        if self._now() < self._renew_ms:
            return
        lease = self._read()
        if lease is not None and lease.holder.token != self.holder.token:
            raise self._taken(lease)
        self._store.write(self._path, self._own())

    def _take(self) -> None:
        for _ in range(_ATTEMPTS):
            if self._store.create(self._path, self._own()):
                return
            lease = self._read()
            if lease is not None and self._is_held(lease):
                raise self._taken(lease)
            self._store.remove(self._path)
        raise ArchiveTaken(f"{self._store.place}/{self._folder}: other archivers begin at the same time; run one")

    def _is_held(self, lease: _LeaseRecord) -> bool:
        """Returns whether another archiver holds the archive; a dead one does not, nor one that this left behind."""
        holder = lease.holder
        return holder.token != self.holder.token and not holder.process.is_dead and self._now() < lease.until_ms

    def _release(self) -> None:
        try:
            lease = self._read()
            if lease is not None and lease.holder.token == self.holder.token:
                self._store.remove(self._path)
        except (ArchiveUnavailable, OSError) as error:
            until = moment(self._renew_ms - RENEW_MS + LEASE_MS)
            log.warning("cannot release the archive, so other machines wait until %s: %s", until, error)

    def _read(self) -> _LeaseRecord | None:
        return decoded(self._store.read(self._path), _LeaseRecord)

    def _own(self) -> bytes:
        self._renew_ms = self._now() + RENEW_MS
        return msgspec.json.encode(_LeaseRecord(self.holder, self._now() + LEASE_MS))

    def _taken(self, lease: _LeaseRecord) -> ArchiveTaken:
        return ArchiveTaken(
            f"{self._store.place}/{self._folder}: another archiver writes here: {lease.holder}; hint: wait until it "
            f"has finished; if it was killed on another machine, its lease ends at {moment(lease.until_ms)}"
        )
