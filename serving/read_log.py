"""Counts which consumers read which features over the API, by day in Redis, so that a plan knows whom it affects."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

import redis

from connectors.redis import fields_of

log = logging.getLogger(__name__)

NOTE_EVERY_MS = 10_000
KEPT_DAYS = 30
_BETWEEN = "\t"  # contained in no name


class ReadLog:
    """Counts reads in memory and adds them to Redis with a read, at most every ten seconds.

    A killed process loses the counts that it has not added yet: counts identify readers and are not exact. With a Redis
    that refuses writes, such as a replica, reads still work: the log says so once, and the counts wait.
    """

    def __init__(self, prefix: str, clock: Callable[[], int]) -> None:
        self._prefix, self._clock = prefix, clock
        self._lock, self._counts, self._noted_ms = threading.Lock(), Counter[str](), clock()
        self._refused = False

    def count(self, client: redis.Redis, features: Iterable[str], consumer: str) -> None:
        """Counts one request for features."""
        with self._lock:
            self._counts.update(f"{feature}{_BETWEEN}{consumer}" for feature in features)
            due = self._clock() - self._noted_ms >= NOTE_EVERY_MS
        if due:
            self.note(client)

    @property
    def waiting(self) -> bool:
        """Returns whether counts are not yet in Redis."""
        with self._lock:
            return bool(self._counts)

    def note(self, client: redis.Redis) -> None:
        """Adds the counts to today's hash."""
        with self._lock:
            counts, self._counts, self._noted_ms = self._counts, Counter[str](), self._clock()
        try:
            _add(client, reads_key(self._prefix, _day(self._clock())), counts)
            self._refused = False
        except redis.RedisError as error:
            self._keep(counts, error)

    def _keep(self, counts: Counter[str], error: redis.RedisError) -> None:
        with self._lock:
            self._counts.update(counts)
        if not self._refused:
            log.warning("cannot write the read counts that `headrace plan` shows to Redis: %s", error)
        self._refused = True


def reads_key(prefix: str, day: str) -> str:
    """Returns the hash of the reads of a day (UTC), by feature and consumer.

    >>> reads_key("headrace", "2026-01-31")
    'headrace:_reads:2026-01-31'
    """
    return f"{prefix}:_reads:{day}"


def reads_of(client: redis.Redis, prefix: str, now_ms: int) -> dict[tuple[str, str], int]:
    """Returns the number of reads by (feature, consumer) in the last thirty days. Raises redis.RedisError."""
    total = Counter[tuple[str, str]]()
    for day in _days(now_ms):
        for name, count in fields_of(client.hgetall(reads_key(prefix, day))).items():
            feature, _, consumer = name.partition(_BETWEEN)
            total[feature, consumer] += int(count)
    return dict(total)


def _add(client: redis.Redis, key: str, counts: Counter[str]) -> None:
    if not counts:
        return
    with client.pipeline(transaction=True) as pipeline:
        for name, count in counts.items():
            pipeline.hincrby(key, name, count)
        pipeline.expire(key, timedelta(days=KEPT_DAYS + 1))
        pipeline.execute()


def _day(now_ms: int) -> str:
    return datetime.fromtimestamp(now_ms / 1000, UTC).date().isoformat()


def _days(now_ms: int) -> Iterator[str]:
    """Yields the stored days, today first."""
    return (_day(now_ms - days * 86_400_000) for days in range(KEPT_DAYS))
