"""Writes guarded hashes to the online store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import redis
from bytewax.outputs import StatefulSinkPartition
from redis.exceptions import AuthorizationError
from typing_extensions import override

from connectors.numbered_sink import NumberedSink
from connectors.pipelining import PipelinedWorker
from connectors.redis.client import TIMEOUT_S, connect, endpoint
from connectors.redis.embedded_server import EmbeddedRedisHungError
from connectors.redis.endpoints.hash_writes import SCRIPT, HashWrites, StoreItem, requests
from connectors.redis.memory import filling
from connectors.redis.refusals import RedisRefused, is_full, passing
from connectors.store_retry import StoreRetry


class RedisSink(NumberedSink[StoreItem]):
    """Writes (partition key, HashWrites or JsonFields); the key is a number below `partitions` as text.

    A thread waits for Redis, so the worker is at most one batch ahead; a checkpoint waits for the last answer. The sink
    waits for an unreachable, full or read-only Redis and sends the whole batch again, which the guard makes harmless.
    `on_written(writes)` is called, from another thread, after every HashWrites that is readable in Redis,
    `on_foreign(place, keys)` for keys that hold no hash: these rows are not written. The next write, or the checkpoint,
    raises RunStopped from a wait when `stopping()`, and RedisRefused for permanent refusals.
    """

    def __init__(
        self,
        url: str | None,
        var: Path,
        partitions: int,
        on_written: Callable[[HashWrites], None],
        stopping: Callable[[], bool],
        *,
        timeout_s: float = TIMEOUT_S,
        on_foreign: Callable[[str, list[str]], None] = lambda place, keys: None,
    ) -> None:
        super().__init__(partitions)
        self._on_foreign = on_foreign
        self._open = lambda: connect(url, var, timeout_s)
        self._on_written = on_written
        self._stopping = stopping

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "_RedisPartition":
        return _RedisPartition(self._open, self._on_written, self._stopping, self._on_foreign)


@dataclass(frozen=True, slots=True)
class _Batch:
    """The rows to write, and their Redis requests."""

    items: Sequence[StoreItem]
    requests: Sequence[bytes]


class _RedisPartition(StatefulSinkPartition[StoreItem, None]):
    def __init__(
        self,
        open_client: Callable[[], redis.Redis],
        on_written: Callable[[HashWrites], None],
        stopping: Callable[[], bool],
        on_foreign: Callable[[str, list[str]], None],
    ) -> None:
        self._open, self._on_foreign = open_client, on_foreign
        self._on_written = on_written
        self._connection: _Connection | None = None
        self._place = endpoint(open_client())
        self._retry = StoreRetry(self._place, stopping)
        self._ahead = PipelinedWorker("redis", self._deliver)

    def write_batch(self, values: list[StoreItem]) -> None:
        self._ahead.begin(_Batch(values, requests(values)))

    def snapshot(self) -> None:
        """Waits until Redis has answered every earlier write."""
        self._ahead.settle()

    def close(self) -> None:
        try:
            self._ahead.close()
        finally:
            self._drop()

    def _deliver(self, batch: "_Batch") -> None:
        while not self._written(batch.requests):
            self._drop()
        for item in batch.items:
            if isinstance(item, HashWrites):
                self._on_written(item)

    def _written(self, todo: Sequence[bytes]) -> bool:
        """Returns whether Redis answered everything; otherwise, after a pause, everything must be sent on a new
        connection."""
        try:
            self._exchange(todo)
        except (redis.AuthenticationError, AuthorizationError) as ex:
            raise RedisRefused(self._place, ex) from ex
        except (redis.ConnectionError, redis.TimeoutError, EmbeddedRedisHungError) as ex:
            self._retry.after("lost", str(ex))
        except redis.ResponseError as ex:
            self._retry.after(passing(self._place, ex), self._detail(ex))
        else:
            self._retry.succeeded()
            return True
        return False

    def _exchange(self, todo: Sequence[bytes]) -> None:
        connection = self._connection = self._connection or _with_script(self._open())
        connection.send_packed_command(todo)
        foreign = [key for _ in todo for key in connection.read_response()]
        if foreign:
            self._on_foreign(self._place, [key.decode() for key in foreign])

    def _detail(self, error: redis.ResponseError) -> str:
        """Returns the server's message, or its memory use if that is the reason."""
        if not is_full(error):
            return str(error)
        try:
            with self._open() as client:
                return filling(client) or str(error)
        except redis.RedisError:
            return str(error)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.disconnect()
        self._connection = None


class _Connection(Protocol):
    """The used part of a connection of the client library, which handles authentication and TLS."""

    def connect(self) -> None: ...
    def disconnect(self) -> None: ...
    def send_command(self, *words: object) -> None: ...
    def send_packed_command(self, command: Sequence[bytes]) -> None: ...
    def read_response(self) -> Any: ...


def _with_script(client: redis.Redis) -> _Connection:
    connection: _Connection = client.connection_pool.make_connection()
    connection.connect()
    connection.send_command("SCRIPT LOAD", SCRIPT)
    connection.read_response()
    return connection
