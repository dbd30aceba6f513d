"""Removes rows of entity types that the definitions no longer have, found by a record of what was written.

Lifetime features have no time to live, so their rows would stay forever. Only rows of types that a run under this
prefix has recorded as its own are removed, a few thousand keys at a time.
"""

import logging
import re
import time
from collections.abc import Iterable, Iterator
from typing import Any

import redis
from redis.exceptions import NoPermissionError

from connectors.redis.client import text_of

log = logging.getLogger(__name__)

_COUNT = 1_000  # keys that the server scans for one answer
_BUDGET_S = 0.02  # of one step


def types_key(prefix: str) -> str:
    """Returns the key of the set of entity types with rows.

    >>> types_key("headrace")
    'headrace:entities'
    """
    return f"{prefix}:entities"


class RemovedTypes:
    """Removes the rows of former entity types, step by step. Raises redis.RedisError; a step may be repeated."""

    def __init__(self, client: redis.Redis, prefix: str, types: Iterable[str]) -> None:
        self._client, self._prefix, self._types = client, prefix, sorted(types)
        self._steps: Iterator[None] | None = None
        self._over = False

    def step(self) -> None:
        """Works for at most 20 ms and one answer of the server; does nothing when finished."""
        until = time.monotonic() + _BUDGET_S
        self._steps = self._steps or self._work()
        try:
            while not self._over and time.monotonic() < until:
                self._over = next(self._steps, True) is True
        except NoPermissionError as refused:
            self._over = True
            log.warning(
                "rows of removed entity types stay in Redis: its user lacks the permission to delete them (%s)", refused
            )
        except redis.RedisError:
            self._steps = None
            raise

    def _work(self) -> Iterator[None]:
        known, key = self._client.smembers(types_key(self._prefix)), types_key(self._prefix)
        former = sorted({text_of(member) for member in known} - set(self._types))
        if self._types:
            self._client.sadd(key, *self._types)
        for entity_type in former:
            yield from self._remove(entity_type)
            self._client.srem(key, entity_type)

    def _remove(self, entity_type: str) -> Iterator[None]:
        pattern = f"{literal(self._prefix)}:{literal(entity_type)}:*"
        cursor, removed = 0, 0
        while True:
            answer: Any = self._client.scan(cursor, match=pattern, count=_COUNT)
            cursor, keys = answer
            if keys:
                removed += int(self._client.unlink(*keys))
            if not cursor:
                break
            yield
        log.info(
            "deleted %d rows of %s from Redis: the definitions no longer have this entity type", removed, entity_type
        )


def literal(text: str) -> str:
    r"""Returns a Redis pattern that matches only this text.

    >>> literal("a*[b]")
    'a\\*\\[b\\]'
    """
    return re.sub(r"([*?\[\]\\^])", r"\\\1", text)
