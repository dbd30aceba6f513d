"""Publishes from the command line, to Pulsar or to embedded topics according to the settings."""

import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from bytewax.outputs import StatefulSinkPartition

from cli.terminal import err, now_ms
from connectors.errors import ExitCode, HeadraceError
from connectors.messages import Outgoing, RunStopped
from connectors.pulsar import create_topic
from dataflows.definitions import Definitions, load
from dataflows.expectations import did_you_mean
from dataflows.graph import used_sources
from dataflows.runtime.settings import TOPIC, Settings
from dataflows.runtime.topics import RunMode, topics_of

PATIENCE_S = 10.0  # for a broker that does not answer
PORTS = {"pulsar": 6650, "pulsar+ssl": 6651}

Topic = StatefulSinkPartition[Outgoing, None]


class Unreachable(HeadraceError, ConnectionError):
    """A broker does not answer."""

    exit_code = ExitCode.SERVICE


class UnknownTopic(HeadraceError):
    """A name is neither a source nor a full topic name."""

    exit_code = ExitCode.WRONG


class TopicPublisher:
    """Sends batches to topics, each opened on first use."""

    def __init__(self, opening: Callable[[str], Topic], progressed: Callable[[], None]) -> None:
        self._opening = opening
        self._progressed = progressed
        self._topics: dict[str, Topic] = {}

    def send(self, topic: str, batch: Outgoing) -> None:
        """Passes a batch on; `flush` returns once it is stored."""
        self._progressed()
        if topic not in self._topics:
            self._topics[topic] = self._opening(topic)
        self._topics[topic].write_batch([batch])

    def flush(self) -> None:
        """Waits until everything sent is stored."""
        for topic in self._topics.values():
            self._progressed()
            topic.snapshot()

    def close(self) -> None:
        """Closes the topics."""
        for topic in self._topics.values():
            topic.close()


class ProgressTimeout:
    """Expires after a period without progress."""

    def __init__(self, seconds: float = PATIENCE_S) -> None:
        self._seconds = seconds
        self.renew()

    def renew(self) -> None:
        """Records progress."""
        self._ends = time.monotonic() + self._seconds

    def is_over(self) -> bool:
        """Returns whether to give up."""
        return time.monotonic() > self._ends


def expect_broker(settings: Settings) -> None:
    """Checks that a broker of Pulsar listens; embedded topics need none. Raises `Unreachable`."""
    if settings.pulsar_url is None:
        return
    parts = urlsplit(settings.pulsar_url)
    hosts = [urlsplit(f"//{host}") for host in parts.netloc.split(",")]
    if not any(_listens(host.hostname or "", host.port or PORTS[parts.scheme]) for host in hosts):
        raise Unreachable(f"no broker answers at {settings.pulsar_url}; check HEADRACE_PULSAR_URL")


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=PATIENCE_S):
            return True
    except OSError:
        return False


@contextmanager
def open_publisher(settings: Settings, giving_up: Callable[[], bool] | None = None) -> Iterator[TopicPublisher]:
    """Yields a publisher; everything is stored at the end of the block.

    Waits for an unavailable broker until `giving_up`, by default 10 s. Raises `Unreachable`.
    """
    expect_broker(settings)
    patience = ProgressTimeout()
    mode = RunMode(bounded=False, checkpointed=False, stopping=giving_up or patience.is_over, now=now_ms)
    topics = topics_of(settings, mode)

    def opened(name: str) -> Topic:
        create_topics(settings, [name])
        return topics.sink(name, 1, None).build_part("publish", "0", None)

    publisher = TopicPublisher(opened, patience.renew)
    try:
        yield publisher
        publisher.flush()
        publisher.close()
    except RunStopped as stopped:
        raise Unreachable(str(stopped)) from stopped


def create_topics(settings: Settings, topics: Iterable[str], partitions: int | None = None) -> None:
    """Creates missing Pulsar topics and reports them; embedded topics are created on first use."""
    if settings.pulsar_url is None:
        return
    partitions = partitions or settings.topic_partitions
    for topic in topics:
        if create_topic(settings.pulsar_connection(), topic, partitions):
            err.print(f"created topic {topic} with {partitions} partitions", soft_wrap=True)


def create_needed(settings: Settings, definitions: Definitions) -> None:
    """Creates the missing topics of a run: sources and feature topics, and the others with one partition."""
    create_topics(settings, [*(source.topic for source in used_sources(definitions)), *definitions.topics()])
    create_topics(settings, [settings.dead_letter_topic, settings.quality_topic, settings.alert_topic], 1)


def full_name(topic: str, settings: Settings) -> str:
    """Returns the topic of a source, or a full topic name unchanged. Raises `UnknownTopic`."""
    if re.fullmatch(TOPIC, topic):
        return topic
    if "://" in topic:
        raise UnknownTopic(f"{topic} is not a topic; expected persistent://tenant/namespace/name")
    sources = load(settings.specs).sources
    if topic not in sources:
        hint = did_you_mean(topic, sources) or f"{settings.specs} holds {len(sources)} sources"
        full = f"persistent://{topic if topic.count('/') == 2 else f'public/default/{topic}'}"
        raise UnknownTopic(
            f"{topic} is neither a source nor the full name of a topic; {hint} (the full name would be {full})"
        )
    return sources[topic].topic
