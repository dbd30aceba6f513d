"""Connects to the Redis of the online store, and decodes the row of one entity."""

from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from connectors.errors import ExitCode, HeadraceError
from connectors.redis import embedded_server

TIMEOUT_S = 5.0


class RedisUrlError(HeadraceError, ValueError):
    """A Redis URL cannot be parsed; never repeats it, because it may contain a password."""

    exit_code = ExitCode.WRONG


def connect(url: str | None, var: Path, timeout_s: float = TIMEOUT_S) -> redis.Redis:
    """Returns a client of the server at `url`, or without one of the embedded server of the folder `var`.

    `redis://[user:password@]host:port/db`, `rediss://` (TLS; `?ssl_ca_certs=...`) or `unix://path`. A server at a URL
    is not contacted yet. Raises RedisUrlError, EmbeddedRedisError.
    """
    if url is None:
        return embedded_server.running(var, timeout_s)
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


def heartbeat_key(prefix: str, entity_type: str) -> str:
    """
    >>> heartbeat_key("headrace", "user")
    'headrace:_heartbeat:user'
    """
    return f"{prefix}:_heartbeat:{entity_type}"


def fields_of(answer: Any) -> dict[str, str]:
    """Decodes the answer to HGETALL of an entity's key to text; empty if the entity is missing or gone."""
    fields = {text_of(name): text_of(value) for name, value in answer.items()}
    return {} if "_gone" in fields else fields


def text_of(raw: bytes | str) -> str:
    """Decodes a key, a member or a value; invalid UTF-8 becomes surrogates, so that it equals no text."""
    return raw if isinstance(raw, str) else raw.decode(errors="surrogateescape")


def endpoint(client: redis.Redis) -> str:
    """Returns the address of a client's server, without user and password."""
    settings = client.connection_pool.connection_kwargs
    place = settings.get("path") or f"{settings.get('host', 'localhost')}:{settings.get('port', 6379)}"
    return f"Redis {place}"
