"""Demo traffic into the topics, in this thread or beside it."""

import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import replace

from cli.topics.publisher import TopicPublisher
from connectors.demo import Traffic
from connectors.messages import Outgoing
from dataflows.definitions import Definitions


def to_sources(traffic: Traffic, definitions: Definitions) -> Traffic:
    """The same traffic, to the topics that the sources `orders` and `logins` read.

    A source that is not defined is sent to the topic of that name all the same: nobody reads it yet.
    """
    topics = {name: source.topic for name, source in definitions.sources.items()}
    return replace(
        traffic,
        order_topic=topics.get("orders", traffic.order_topic),
        login_topic=topics.get("logins", traffic.login_topic),
    )


def feed(publisher: TopicPublisher, messages: Iterable[tuple[str, Outgoing]], sent: Callable[[int], None]) -> None:
    """Publish all messages; `sent` is called with the size of every batch that has left."""
    for topic, batch in messages:
        publisher.send(topic, batch)
        sent(len(batch.payloads))
    publisher.flush()


class DemoFeeder(threading.Thread):
    """The same in a thread. What went wrong in it is kept in `error` for whoever looks after it."""

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
        """Open the publisher in this thread and feed it."""
        try:
            with self._opening() as publisher:
                feed(publisher, self._messages, lambda _: None)
        except Exception as error:  # kept for the thread that started this one, which raises it
            self.error = error
