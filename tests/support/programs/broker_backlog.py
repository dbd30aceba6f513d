"""A backlog on a real Pulsar: messages are published when their events happen, because the client stamps them."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pulsar as library
import redis

from connectors.pulsar import MissingTopic, PulsarAdmin, PulsarConnection, PulsarHistory, extent_of
from tests.support.factories.topics.archived_topic import read_on
from tests.support.oracle.event_facts import Event
from tests.support.programs.backlog_deployment import SOURCES, Backlog
from tests.support.services.redis_rows import read_entity

USERS = 20
PARTITIONS = 2


@dataclass
class BrokerBacklog(Backlog):
    """`steps` and `jumps`, each in two partitions; an event's partition is independent of its user."""

    connection: PulsarConnection = field(kw_only=True)
    store: redis.Redis = field(kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        for source in SOURCES:
            PulsarAdmin(self.connection).ensure_topic(self.raw(source), PARTITIONS)

    def raw(self, source: str) -> str:
        return f"persistent://public/default/raw-{source}{self.suffix}"

    def happen(self, rng: np.random.Generator, count: int, each_ms: float) -> None:
        """Publishes events one after another, `each_ms` apart; those of a user have distinct times."""
        client = library.Client(self.connection.url, logger=library.FileLogger(library.LoggerLevel.Error, "/dev/null"))
        producers = self._producers(client)
        begun = time.time()
        for number in range(count):
            time.sleep(max(0.0, begun + number * each_ms / 1_000 - time.time()))
            source, partition = SOURCES[int(rng.random() < 0.3)], int(rng.integers(PARTITIONS))
            event = self._event(rng, number)
            self.events[source].append(event)
            producers[source, partition].send_async(json.dumps(event).encode(), lambda result, message: None)
        for producer in producers.values():
            producer.flush()
        client.close()

    def _producers(self, client: Any) -> dict[tuple[str, int], Any]:
        """Creates a producer of each partition, which never gives up an event: it would never be folded."""
        options = {"batching_enabled": False, "block_if_queue_full": True, "send_timeout_millis": 0}
        return {
            (source, number): client.create_producer(f"{self.raw(source)}-partition-{number}", **options)
            for source in SOURCES
            for number in range(PARTITIONS)
        }

    def _event(self, rng: np.random.Generator, number: int) -> Event:
        """Returns an event of now, after the user's last one."""
        user = f"u{number % USERS}"
        last = max((int(str(events[-1]["timestamp"])) for events in self._of(user)), default=0)
        now = max(last + 1, time.time_ns() // 1_000_000)
        return {"user_id": user, "lane": "k", "amount": int(rng.integers(1, 100)), "timestamp": now}

    def _of(self, user: str) -> list[list[Event]]:
        newest = [
            [event for event in events[-4 * USERS :] if event["user_id"] == user] for events in self.events.values()
        ]
        return [events for events in newest if events]

    def records(self) -> list[dict[str, Any]]:
        """Returns all records of the feature topic."""
        topic = f"persistent://public/default/feature-backlog{self.suffix}"
        try:
            extents = extent_of(topic, self.connection)
        except MissingTopic:
            return []
        source = PulsarHistory(topic, self.connection, extents)
        batches = [batch for name in source.list_parts() for batch in read_on(source, name)[0]]
        return [json.loads(payload) for batch in batches for payload in batch.payloads]

    def folded(self) -> int:
        """Returns the number of events in the rows of all users in Redis."""
        prefix = self.worker.settings["HEADRACE_REDIS_PREFIX"]
        rows = [read_entity(self.store, prefix, "user", f"u{number}") for number in range(USERS)]
        return sum(int(row.get("_seq", 0)) for row in rows)

    def dead_letters(self) -> int:
        """Returns how many events were refused."""
        topic = self.worker.settings["HEADRACE_DEAD_LETTER_TOPIC"]
        if PulsarAdmin(self.connection).partitions(topic) is None:
            return 0
        source = PulsarHistory(topic, self.connection, extent_of(topic, self.connection))
        return sum(len(batch.payloads) for name in source.list_parts() for batch in read_on(source, name)[0])
