"""Opens the Redis of the settings: at an address, or the embedded server of HEADRACE_VAR."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from connectors.redis import connect, embedded_server
from dataflows.runtime.settings import Settings


def redis_of(settings: Settings, timeout_s: float = 5.0) -> redis.Redis:
    """Returns a client."""
    return connect(settings.redis_address, settings.var, timeout_s)


def runs_redis(settings: Settings) -> bool:
    """Returns whether there is a Redis to ask: at an address, or an embedded one that was not stopped."""
    return settings.redis_url is not None or embedded_server.socket_path(settings.var.resolve()).exists()


@contextmanager
def open_redis(settings: Settings, timeout_s: float = 5.0) -> Iterator[redis.Redis]:
    """Yields a client, which is closed afterwards."""
    client = redis_of(settings, timeout_s)
    try:
        yield client
    finally:
        client.close()


@contextmanager
def kept_redis(settings: Settings) -> Iterator[redis.Redis]:
    """Yields a client of an answering Redis; an embedded one is kept up inside the block, then saved and stopped."""
    with open_redis(settings, timeout_s=1.0) as client:
        client.ping()
        yield client
    if settings.redis_url is None:
        embedded_server.release(settings.var)
