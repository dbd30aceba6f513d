"""Publishing from the command line: to Pulsar or to embedded topics, whichever the settings say."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from bytewax.outputs import StatefulSinkPartition

from cli.terminal import now_ms
from connectors.messages import Outgoing, Stopped
from dataflows.settings import Settings
from dataflows.spec import load
from dataflows.topics import Mode, topics_of

PATIENCE_S = 10.0  # for a broker that does not answer
PORTS = {"pulsar": 6650, "pulsar+ssl": 6651}

Topic = StatefulSinkPartition[Outgoing, None]


class Unreachable(ConnectionError):
    """A broker that does not answer."""


class Publisher:
    """Sends batches to topics, each opened when it is first needed."""

    def __init__(self, opening: Callable[[str], Topic], progressed: Callable[[], None]) -> None:
        self._opening = opening
        self._progressed = progressed
        self._topics: dict[str, Topic] = {}

    def send(self, topic: str, batch: Outgoing) -> None:
        """Hand over; `flush` tells when it is stored."""
        self._progressed()
        if topic not in self._topics:
            self._topics[topic] = self._opening(topic)
        self._topics[topic].write_batch([batch])

    def flush(self) -> None:
        """Return when everything sent is stored."""
        for topic in self._topics.values():
            self._progressed()
            topic.snapshot()

    def close(self) -> None:
        """Close the topics."""
        for topic in self._topics.values():
            topic.close()


class Patience:
    """Runs out when there was no progress for a while."""

    def __init__(self, seconds: float = PATIENCE_S) -> None:
        self._seconds = seconds
        self.renew()

    def renew(self) -> None:
        """There was progress."""
        self._ends = time.monotonic() + self._seconds

    def is_over(self) -> bool:
        """Whether to give up."""
        return time.monotonic() > self._ends


def expect_broker(settings: Settings) -> None:
    """Embedded topics are always there; of Pulsar some broker must listen. Raises `Unreachable`."""
    if settings.pulsar_url is None:
        return
    parts = urlsplit(settings.pulsar_url)
    hosts = [urlsplit(f"//{host}") for host in parts.netloc.split(",")]
    if not any(_listens(host.hostname or "", host.port or PORTS[parts.scheme]) for host in hosts):
        raise Unreachable(f"no broker answers at {settings.pulsar_url}; is HEADRACE_PULSAR_URL right?")


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=PATIENCE_S):
            return True
    except OSError:
        return False


@contextmanager
def open_publisher(settings: Settings, giving_up: Callable[[], bool] | None = None) -> Iterator[Publisher]:
    """A publisher; everything is stored when the block is left.

    A broker that goes away is waited for until `giving_up`, 10 s unless given. Raises `Unreachable`.
    """
    expect_broker(settings)
    patience = Patience()
    mode = Mode(bounded=False, checkpointed=False, stopping=giving_up or patience.is_over, now=now_ms)
    topics = topics_of(settings, mode)
    publisher = Publisher(lambda name: topics.sink(name, 1, None).build_part("publish", "0", None), patience.renew)
    try:
        yield publisher
        publisher.flush()
        publisher.close()
    except Stopped as stopped:
        raise Unreachable(str(stopped)) from stopped


def full_name(topic: str, settings: Settings) -> str:
    """The topic of a source of that name; any other short name is in public/default."""
    if "://" in topic:
        return topic
    source = load(settings.specs).sources.get(topic)
    return source.topic if source else f"persistent://public/default/{topic}"
