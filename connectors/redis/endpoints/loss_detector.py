"""Detects that the online store was emptied or restarted from an old copy, and asks for all rows again.

A marker key names the server (its run id) that holds all values of this prefix. Redis loses writes when it restarts
without having saved the last ones, or when a replica takes over: so a missing marker and one of another run mean the
same. The marker is set only once all rows that followed the `StoreLost` are in Redis.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import redis
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from redis.exceptions import NoPermissionError
from typing_extensions import override

from connectors.redis.client import connect, endpoint
from connectors.redis.refusals import RedisRefused
from connectors.redis.tenancy import Tenancy

_POLL_MS = 1_000
_GRACE_MS = 5_000  # without checkpoints: how long the rows of a refill may take
_AWAKE = timedelta(milliseconds=250)  # an input asleep for longer than half an epoch stops the whole flow
_TIMEOUT_S = 0.25  # how long a hung server may block the worker


@dataclass(frozen=True, slots=True)
class FirstItem:
    """The first item of every run."""


@dataclass(frozen=True, slots=True)
class StoreLost:
    """The online store does not hold everything: all rows must be written again."""


Signal = FirstItem | StoreLost


def marker_key(prefix: str) -> str:
    """Returns the Redis key of the marker, which is missing in a store that lost its data."""
    return f"{prefix}:marker"


class StoreLossDetector(FixedPartitionedSource[Signal, None]):
    """Emits `FirstItem`, then a `StoreLost` whenever the store needs one; has a single partition.

    The marker of a refill is set at the first `next_batch` after the snapshot that followed it: by then the sinks have
    flushed. Without checkpoints (`checkpointed` False) it is set 5 s later. `bounded` ends after one look, and leaves
    the marker to a live run. `clock` gives ms. With a `tenancy`, which a live run has, it renews that, and raises
    PrefixTaken. It ignores an unreachable Redis.
    """

    def __init__(
        self,
        url: str | None,
        var: Path,
        prefix: str,
        *,
        checkpointed: bool,
        stopping: Callable[[], bool],
        clock: Callable[[], int],
        bounded: bool = False,
        tenancy: Callable[[redis.Redis], Tenancy] | None = None,
    ) -> None:
        self._tenancy = tenancy
        self._open: Callable[[], redis.Redis] = lambda: connect(url, var, _TIMEOUT_S)
        self._prefix = prefix
        self._checkpointed, self._bounded = checkpointed, bounded
        self._stopping, self._clock = stopping, clock

    @override
    def list_parts(self) -> list[str]:
        return ["watch"]

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "_WatchPartition":
        client = self._open()
        marker, tenancy = FillMarker(client, marker_key(self._prefix)), self._tenancy(client) if self._tenancy else None
        return _WatchPartition(marker, self._checkpointed, self._bounded, self._stopping, self._clock, tenancy)


class FillMarker:
    """The marker key. Its value is `refilling <run id>`, then `filled <run id>`.

    Raises redis.RedisError.
    """

    def __init__(self, client: redis.Redis, key: str) -> None:
        self._client = client
        self._key = key
        self.place = endpoint(client)

    def needs_refill(self, refilling: bool, *, note: bool = True) -> bool:
        """Returns True once for every loss, which the marker then records; `refilling` is whether a refill is in
        progress.

        Without `note` the marker is not changed: a replay ends, and leaves no keys but those of entities.
        """
        run, value = self._run(), self._client.get(self._key)
        fine = {_filled(run), _refilling(run)} if refilling else {_filled(run)}
        if value in fine:
            return False
        if note:
            self._client.set(self._key, _refilling(run))
        return True

    def confirm(self) -> None:
        """Records that the store holds everything, unless the marker was lost or replaced meanwhile."""
        value = self._client.get(self._key)
        if value == _refilling(run := self._run()):
            self._client.set(self._key, _filled(run), xx=True)

    def _run(self) -> str:
        """Returns the run id of the server; empty if it reports none: then only a missing marker is detected."""
        try:
            return str(self._client.info("server").get("run_id", ""))
        except NoPermissionError:
            return ""


def _filled(run: str) -> bytes:
    return f"filled {run}".encode()


def _refilling(run: str) -> bytes:
    return f"refilling {run}".encode()


class _WatchPartition(StatefulSourcePartition[Signal, None]):
    def __init__(
        self,
        marker: FillMarker,
        checkpointed: bool,
        bounded: bool,
        stopping: Callable[[], bool],
        clock: Callable[[], int],
        tenancy: Tenancy | None,
    ) -> None:
        self._marker, self._tenancy = marker, tenancy
        self._checkpointed, self._bounded = checkpointed, bounded
        self._stopping, self._clock = stopping, clock
        self._started = self._looked = False
        self._refilling_ms: int | None = None  # when the refill in progress was emitted
        self._snapped = False
        self._next_ms = 0

    def next_batch(self) -> list[Signal]:
        if not self._started:
            self._started = True
            return [FirstItem()]
        if self._stopping() or (self._bounded and self._looked):
            raise StopIteration
        if self._clock() < self._next_ms:
            return []
        return self._ask(self._confirm if self._complete() else self._look)

    def next_awake(self) -> datetime:
        return datetime.now(UTC) + _AWAKE

    def close(self) -> None:
        if self._tenancy is not None:
            self._tenancy.end()

    def snapshot(self) -> None:
        if self._refilling_ms is not None and not self._snapped:
            self._snapped, self._next_ms = True, 0

    def _complete(self) -> bool:
        if self._refilling_ms is None:
            return False
        return self._snapped if self._checkpointed else self._clock() >= self._refilling_ms + _GRACE_MS

    def _ask(self, question: Callable[[], list[Signal]]) -> list[Signal]:
        """Asks at most once a second, so that a hung server does not block the worker for long."""
        try:
            if self._tenancy is not None:
                self._tenancy.keep()
            return question()
        except redis.AuthenticationError as ex:
            raise RedisRefused(self._marker.place, ex) from ex
        except redis.RedisError:  # the sinks log that it is unavailable
            return []
        finally:
            self._next_ms = self._clock() + _POLL_MS

    def _look(self) -> list[Signal]:
        needed = self._marker.needs_refill(self._refilling_ms is not None, note=not self._bounded)
        self._looked = True
        if not needed:
            return []
        self._refilling_ms, self._snapped = self._clock(), False
        return [StoreLost()]

    def _confirm(self) -> list[Signal]:
        self._marker.confirm()
        self._refilling_ms, self._snapped = None, False
        return []
