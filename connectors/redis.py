"""The online store: guarded writes of hashes to Redis, and the reading of one entity."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import redis
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from redis.backoff import NoBackoff
from redis.retry import Retry

from connectors import redis_embedded
from connectors.redis_embedded import EmbeddedRedisHungError
from connectors.redis_writes import SCRIPT, HashWrites, requests
from connectors.waiting import Waiting

__all__ = ["HashWrites", "RedisSink", "RedisUrlError", "connect", "entity_key", "fields_of", "read_entity"]

_TIMEOUT_S = 5.0

# What a server says that passes by itself or by an operator's hand: text in the reply, what it means.
_PASSING = {
    "used memory > 'maxmemory'": "its memory is full: raise its maxmemory or let less be kept",
    "read only replica": "it is a read-only replica: a failover is under way, or the URL names a replica",
    "MISCONF": "it cannot save to its disk: see its log",
    "unable to persist": "it cannot save to its disk: see its log",
    "No matching script": "its script cache was emptied",
    "MASTERDOWN": "its master is down",
    "CLUSTERDOWN": "its cluster is down",
    "NOREPLICAS": "it has too few replicas to accept writes",
    "running a script": "it is busy with a script",
}


class RedisUrlError(ValueError):
    """A Redis URL that cannot be read; never repeats it, because it may hold a password."""


def connect(url: str | None, var: Path, timeout_s: float = _TIMEOUT_S) -> redis.Redis:
    """A client of the server at `url`, or without one of the embedded server of the folder `var`.

    `redis://[user:password@]host:port/db`, `rediss://` (TLS; `?ssl_ca_certs=...`) or `unix://path`. A server
    at a URL is not contacted yet. Raises RedisUrlError, EmbeddedRedisError.
    """
    if url is None:
        return redis_embedded.running(var, timeout_s)
    try:
        return redis.Redis.from_url(
            url,
            protocol=2,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),
        )
    except ValueError:
        raise RedisUrlError(
            f"the Redis URL (scheme {_scheme(url)!r}) is not of the form redis://user:password@host:port/db, "
            "rediss://... or unix://path; hint: percent-encode / # ? : @ % in a password"
        ) from None


def _scheme(url: str) -> str:
    scheme, separator, _ = url.partition("://")
    return scheme if separator and len(scheme) < 10 else ""


def entity_key(prefix: str, entity_type: str, entity_id: str) -> str:
    """
    >>> entity_key("headrace", "user", "u1")
    'headrace:user:u1'
    """
    return f"{prefix}:{entity_type}:{entity_id}"


def read_entity(client: redis.Redis, prefix: str, entity_type: str, entity_id: str) -> dict[str, str]:
    """All fields of an entity as text, `_as_of` and the like included; empty when it is not there or gone."""
    return fields_of(client.hgetall(entity_key(prefix, entity_type, entity_id)))


def fields_of(found: Any) -> dict[str, str]:
    """The answer to HGETALL of an entity's key as text; empty when it is not there or gone."""
    fields = {_text(name): _text(value) for name, value in found.items()}
    return {} if "_gone" in fields else fields


def _text(raw: bytes | str) -> str:
    return raw if isinstance(raw, str) else raw.decode()


class RedisSink(FixedPartitionedSink[HashWrites, None]):
    """Writes (partition key, HashWrites); the key is a number below `partitions` as text.

    A write is over when Redis has answered, so a checkpoint holds nothing back. An unreachable, full or
    read-only Redis is waited for: the batch is sent again as a whole, which the guard makes harmless.
    `on_written(writes)` is called after every HashWrites that is readable in Redis. Raises
    Stopped out of a wait when `stopping()`, redis.AuthenticationError, and redis.ResponseError for what
    waiting does not heal.
    """

    def __init__(
        self,
        url: str | None,
        var: Path,
        partitions: int,
        on_written: Callable[[HashWrites], None],
        stopping: Callable[[], bool],
        *,
        timeout_s: float = _TIMEOUT_S,
    ) -> None:
        self._open = lambda: connect(url, var, timeout_s)
        self._partitions = partitions
        self._on_written = on_written
        self._stopping = stopping

    def list_parts(self) -> list[str]:
        return [str(number) for number in range(self._partitions)]

    def part_fn(self, item_key: str) -> int:
        return int(item_key)

    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "_RedisPartition":
        return _RedisPartition(self._open, self._on_written, self._stopping)


class _RedisPartition(StatefulSinkPartition[HashWrites, None]):
    def __init__(
        self,
        open_client: Callable[[], redis.Redis],
        on_written: Callable[[HashWrites], None],
        stopping: Callable[[], bool],
    ) -> None:
        self._open = open_client
        self._on_written = on_written
        self._connection: _Connection | None = None
        self._waiting = Waiting(endpoint(open_client()), stopping)

    def write_batch(self, values: list[HashWrites]) -> None:
        todo = requests(values)
        while not self._written(todo):
            self._drop()
        for writes in values:
            self._on_written(writes)

    def snapshot(self) -> None:
        """Nothing to flush: every write has been answered."""

    def close(self) -> None:
        self._drop()

    def _written(self, todo: Sequence[bytes]) -> bool:
        """Whether Redis answered all of it; else, after a pause, all is to be sent on a new connection."""
        try:
            self._exchange(todo)
        except redis.AuthenticationError:
            raise
        except (redis.ConnectionError, redis.TimeoutError, EmbeddedRedisHungError) as ex:
            self._waiting.after("lost", str(ex))
        except redis.ResponseError as ex:
            self._waiting.after(_passing(ex), str(ex))
        else:
            self._waiting.over()
            return True
        return False

    def _exchange(self, todo: Sequence[bytes]) -> None:
        connection = self._connection = self._connection or _with_script(self._open())
        connection.send_packed_command(todo)
        for _ in todo:
            connection.read_response()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.disconnect()
        self._connection = None


def endpoint(client: redis.Redis) -> str:
    """Where a client's server is, without user and password."""
    given = client.connection_pool.connection_kwargs
    place = given.get("path") or f"{given.get('host', 'localhost')}:{given.get('port', 6379)}"
    return f"Redis {place}"


class _Connection(Protocol):
    """What of a connection of the client library is used; it does authentication and TLS."""

    def connect(self) -> None: ...
    def disconnect(self) -> None: ...
    def send_command(self, *words: object) -> None: ...
    def send_packed_command(self, command: Sequence[bytes]) -> None: ...
    def read_response(self) -> object: ...


def _with_script(client: redis.Redis) -> _Connection:
    connection: _Connection = client.connection_pool.make_connection()
    connection.connect()
    connection.send_command("SCRIPT LOAD", SCRIPT)
    connection.read_response()
    return connection


def _passing(error: redis.ResponseError) -> str:
    """What an error reply means that is worth waiting for; raises it when it is not."""
    for said, meaning in _PASSING.items():
        if said in str(error):
            return meaning
    raise error
