"""Feeds demo traffic to the topics, in this thread or a separate one."""

import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import replace

from cli.topics.publisher import TopicPublisher
from connectors.demo import Traffic
from connectors.messages import Outgoing
from dataflows.definitions import Definitions


def to_sources(traffic: Traffic, definitions: Definitions) -> Traffic:
    """Directs the traffic to the topics of the sources `orders` and `logins`.

    If a source is not defined, its events go to the topic of that name, although nothing reads it yet.
    """
    topics = {name: source.topic for name, source in definitions.sources.items()}
    return replace(
        traffic,
        order_topic=topics.get("orders", traffic.order_topic),
        login_topic=topics.get("logins", traffic.login_topic),
    )


def feed(publisher: TopicPublisher, messages: Iterable[tuple[str, Outgoing]], sent: Callable[[int], None]) -> None:
    """Publishes all messages; calls `sent` with the size of every batch."""
    for topic, batch in messages:
        publisher.send(topic, batch)
        sent(len(batch.payloads))
    publisher.flush()


class DemoFeeder(threading.Thread):
    """Feeds demo traffic in a thread; `error` holds its failure."""

    def __init__(
        self,
        opening: Callable[[], AbstractContextManager[TopicPublisher]],
        messages: Iterable[tuple[str, Outgoing]],
    ) -> None:
        super().__init__(name="traffic", daemon=True)
        self.error: Exception | None = None
        self._opening = opening
        self._messages = messages

    def run(self) -> None:
        """Opens the publisher in this thread and feeds it."""
        try:
            with self._opening() as publisher:
                feed(publisher, self._messages, lambda _: None)
        except Exception as error:  # kept for the starting thread, which raises it
            self.error = error
