"""Watches dependencies of a live run that it would not notice by itself: its topics, and the memory policy of Redis.

Runs in a separate thread, so that a slow answer does not block the dataflow. Other components report unavailable
services; this one just asks again at the next look.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import NoReturn

import redis

from connectors.pulsar import AccessDenied, AdminError, BrokerAway, PulsarAdmin
from connectors.pulsar.topics.changes import IdsStartedOver, TopicReplaced, TopicTracker, look
from connectors.redis import EmbeddedRedisError, Troubles, connect, evicts, leave_troubles
from dataflows.definitions import Source
from dataflows.metrics import MADE_ANEW, MISSING_TOPIC, UNREAD_PARTITIONS
from dataflows.runtime.settings import Settings
from dataflows.windows import Now

log = logging.getLogger(__name__)

FIRST_LOOK_S, LOOK_S = 1.0, 10.0
HELD_S = 2.0  # how long a hung Redis may delay a look


class TopicWatch:
    """Watches the topics of a run's sources, once the engine has listed their partitions."""

    def __init__(self, admin: PulsarAdmin | None, sources: Sequence[Source], now: Now) -> None:
        self._admin, self._now = admin, now
        self._sources = {source.topic: source.name for source in sources}
        self._courses: dict[str, TopicTracker] = {}

    def listed(self, topic: str, names: Sequence[str]) -> None:
        """Records the partitions that the run reads; of several workers the first counts."""
        self._courses.setdefault(topic, TopicTracker(topic, names))

    def look(self) -> None:
        """Looks at every topic once and logs new troubles. Raises TopicReplaced, IdsStartedOver."""
        for topic, course in list(self._courses.items()):
            try:
                self._see(topic, course)
            except (BrokerAway, AccessDenied, AdminError) as unknown:
                log.debug("cannot check topic %s: %s", topic, unknown)

    def troubles(self) -> Iterator[str]:
        """Yields the current troubles of all topics."""
        for course in list(self._courses.values()):
            yield from course.troubles(self._now())

    def _see(self, topic: str, course: TopicTracker) -> None:
        if self._admin is None:
            return
        before = course.times_anew
        for sentence in course.see(look(self._admin, topic, course.names), self._now()):
            log.warning("%s", sentence)
        source = self._sources.get(topic, topic)
        UNREAD_PARTITIONS.labels(source).set(course.unread)
        MISSING_TOPIC.labels(source).set(course.missing)
        MADE_ANEW.labels(source).inc(course.times_anew - before)


class RedisPolicy:
    """Checks whether Redis evicts, look by look."""

    def __init__(self) -> None:
        self._logged = ""

    def look(self, client: redis.Redis) -> str:
        """Returns the current warning; logs each change. Raises redis.RedisError."""
        warning = evicts(client)
        if warning and warning != self._logged:
            log.warning("%s", warning)
        elif self._logged and not warning:
            log.info("the maxmemory-policy of Redis is correct again: Redis no longer evicts features")
        self._logged = warning
        return warning


class RunWatch:
    """Watches topics and Redis; writes troubles to Redis and ends the run if a topic cannot be read any further."""

    def __init__(self, settings: Settings, topics: TopicWatch, end: Callable[[BaseException], NoReturn]) -> None:
        self._open: Callable[[], redis.Redis] = cache(partial(connect, settings.redis_address, settings.var, HELD_S))
        self._policy, self._prefix = RedisPolicy(), settings.redis_prefix
        self._topics, self._end = topics, end

    def start(self) -> None:
        """Starts watching until the process ends."""
        threading.Thread(target=self._run, name="run watch", daemon=True).start()

    def look(self) -> None:
        """Looks once. Raises TopicReplaced, IdsStartedOver."""
        self._topics.look()
        try:
            client = self._open()
            evicting = self._policy.look(client)
            leave_troubles(client, self._prefix, Troubles([*self._topics.troubles()], evicting))
        except (redis.RedisError, EmbeddedRedisError) as away:  # the sinks log that it is unavailable or full
            log.debug("cannot check Redis: %s", away)

    def _run(self) -> None:
        time.sleep(FIRST_LOOK_S)
        while True:
            try:
                self.look()
            except (TopicReplaced, IdsStartedOver) as error:
                self._end(error)
            time.sleep(LOOK_S)


def topic_watch(settings: Settings, sources: Mapping[str, Source], now: Now) -> TopicWatch:
    """Watches topics of a Pulsar cluster; embedded ones belong to the run alone and need no watch."""
    admin = PulsarAdmin(settings.pulsar_connection()) if settings.pulsar_url else None
    return TopicWatch(admin, list(sources.values()), now)
