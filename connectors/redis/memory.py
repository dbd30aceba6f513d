"""Checks whether a Redis may evict features, or has no memory for more."""

from typing import Any

import redis
from redis.exceptions import NoPermissionError

KEEPS = "noeviction"
_FULL = 0.999  # a server that refused its last write can be slightly below its limit


def evicts(client: redis.Redis) -> str:
    """Warns of a server that evicts keys when its memory is full; empty if it does not, or denies access.

    Uses INFO, because many servers forbid CONFIG. Raises redis.RedisError.
    """
    policy = _memory(client).get("maxmemory_policy", KEEPS)
    if policy == KEEPS:
        return ""
    return (
        f"Redis has the maxmemory-policy {policy}: when its memory is full it silently deletes features; "
        f"set it to {KEEPS} (redis-cli CONFIG SET maxmemory-policy {KEEPS}): then the dataflow waits for room instead"
    )


def full(client: redis.Redis) -> str:
    """Warns of a server without memory for another row; empty if it has some, or denies access.

    Raises redis.RedisError.
    """
    memory = _memory(client)
    if not memory.get("maxmemory") or memory["used_memory"] < _FULL * memory["maxmemory"]:
        return ""
    return (
        f"Redis is full ({_filling(memory)}): raise its maxmemory or keep less data in it; the dataflow waits for room"
    )


def filling(client: redis.Redis) -> str:
    """Returns a server's memory use in words, empty if it denies access. Raises redis.RedisError."""
    memory = _memory(client)
    return _filling(memory) if memory.get("maxmemory") else ""


def _filling(memory: dict[str, Any]) -> str:
    return f"{_megabytes(memory['used_memory'])} used, maxmemory {_megabytes(memory['maxmemory'])}"


def _megabytes(size: int) -> str:
    """
    >>> _megabytes(2_621_440)
    '2.50 MB'
    """
    return f"{size / (1 << 20):,.2f} MB"


def _memory(client: redis.Redis) -> dict[str, Any]:
    try:
        memory: dict[str, Any] = client.info("memory")
    except NoPermissionError:
        return {}
    return memory
