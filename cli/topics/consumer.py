"""Reads a topic outside the dataflow: from a stored position, to its end or without end."""

import logging
from base64 import b64decode, b64encode
from typing import Any

import msgspec
from bytewax.inputs import FixedPartitionedSource

from cli.shutdown import StopSignal
from cli.terminal import now_ms
from connectors import pulsar
from connectors.embedded import topics
from connectors.errors import UNDECODABLE
from connectors.messages import RawBatch, RunStopped
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode, topics_of

_log = logging.getLogger(__name__)

GONE = (topics.EmbeddedHistoryTrimmed, pulsar.HistoryTrimmed, topics.EmbeddedUnknownSnapshot, pulsar.UnknownSnapshot)
NOT_YET = (pulsar.MissingTopic, pulsar.BrokerAway)
AT_ONCE = 200  # messages of a partition
LOOK_S = 1.0  # pause while a topic does not exist yet


class ConsumedPosition(msgspec.Struct, frozen=True):
    """The position in a topic: the state of each partition, base64."""

    topic: str
    parts: dict[str, str]


class TopicConsumer:
    """Reads all partitions of a topic. Positions are bytes; one of another topic is ignored.

    Messages removed from the topic since the position are logged and skipped.
    """

    def __init__(self, source: FixedPartitionedSource[RawBatch, bytes], topic: str, position: bytes | None) -> None:
        self._source, self._topic = source, topic
        known = _parts_of(position, topic)
        self._parts: dict[str, Any] = {}
        for name in source.list_parts():
            self._parts[name] = self._opened(name, known.get(name))
        self._states = {name: part.snapshot() for name, part in self._parts.items()}

    @property
    def ended(self) -> bool:
        """Returns whether a bounded topic was read to its end."""
        return not self._parts

    def read(self) -> list[bytes]:
        """Reads the available messages, up to 200 per partition."""
        return [payload for name in list(self._parts) for batch in self._next(name) for payload in batch.payloads]

    def position(self) -> bytes:
        """Returns the position behind the last message read."""
        parts = {name: b64encode(state).decode() for name, state in self._states.items()}
        return msgspec.json.encode(ConsumedPosition(self._topic, parts))

    def close(self) -> None:
        """Closes all partitions."""
        while self._parts:
            self._parts.popitem()[1].close()

    def _next(self, name: str) -> list[RawBatch]:
        part = self._parts[name]
        try:
            batches: list[RawBatch] = part.next_batch()
        except StopIteration:
            self._parts.pop(name).close()
            return []
        except GONE as error:
            part.close()
            self._parts[name] = self._anew(name, error)
            return []
        self._states[name] = part.snapshot()
        return batches

    def _opened(self, name: str, state: bytes | None) -> Any:
        try:
            return self._source.build_part("follow", name, state)
        except GONE as error:
            return self._anew(name, error)

    def _anew(self, name: str, error: Exception) -> Any:
        why = type(error).__name__
        _log.warning("%s: cannot resume at the saved position (%s); resuming at its oldest message", self._topic, why)
        return self._source.build_part("follow", name, None)


def open_follower(
    settings: Settings, topic: str, position: bytes | None, stop: StopSignal, bounded: bool
) -> TopicConsumer:
    """Opens a consumer; `bounded` ends at the current end of the topic.

    Waits for an unavailable broker. Raises RunStopped if stopped meanwhile, MissingTopic, BrokerAway.
    """
    few = settings.model_copy(update={"start": "earliest", "batch_rows": AT_ONCE, "rows_per_epoch": AT_ONCE})
    topics = topics_of(few, RunMode(bounded=bounded, checkpointed=False, stopping=stop.is_set, now=now_ms))
    return TopicConsumer(topics.source(topic), topic, position)


def wait_for_follower(settings: Settings, topic: str, position: bytes | None, stop: StopSignal) -> TopicConsumer:
    """Opens a consumer of a topic, waiting until it exists. Raises RunStopped if `stop` is set before."""
    logged = False
    while not stop.is_set():
        try:
            return open_follower(settings, topic, position, stop, bounded=False)
        except NOT_YET as error:
            if not logged:
                _log.info("waiting for %s (%s)", topic, type(error).__name__)
            logged = True
            stop.sleep(LOOK_S)
    raise RunStopped(f"{topic}: stopped before it could be read")


def _parts_of(position: bytes | None, topic: str) -> dict[str, bytes]:
    """Decodes the states in a position; none if it is of another topic or unreadable."""
    try:
        known = msgspec.json.decode(position or b"null", type=ConsumedPosition | None)
    except UNDECODABLE as error:
        _log.warning("%s: cannot read the saved position (%s); starting at its oldest message", topic, error)
        return {}
    if known is None or known.topic != topic:
        return {}
    return {name: b64decode(state) for name, state in known.parts.items()}
