"""A small topic that is read in full and has one writer at a time, for decisions that all processes read."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pulsar

from connectors.errors import ExitCode, HeadraceError
from connectors.messages import RunStopped
from connectors.pulsar.client import CLIENTS
from connectors.pulsar.refusals import PublishFailed
from connectors.pulsar.retry import BrokerRetry
from connectors.pulsar.topics.admin import PulsarAdmin
from connectors.pulsar_connection import PulsarConnection
from connectors.retry import Backoff

T = TypeVar("T")

_READ_MS = 5_000
_SEND_MS = 10_000
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.02, 0.5
_TAKEN = (pulsar.ProducerFenced, pulsar.ProducerBusy)


class LogBusy(HeadraceError):
    """Another writer has held the topic for longer than the timeout."""


class LogUnreachable(HeadraceError, ConnectionError):
    """The broker does not answer."""

    exit_code = ExitCode.SERVICE


class LogTopicInvalid(HeadraceError, ValueError):
    """The topic's messages have no single order."""

    exit_code = ExitCode.WRONG


@dataclass(frozen=True, slots=True)
class LogMessage:
    """A message; without a payload it deletes the value of its key."""

    key: str
    payload: bytes | None
    properties: Mapping[str, str] = field(default_factory=dict)


class LogWriter:
    """Writes as the only writer; returns once the broker has acknowledged."""

    def __init__(self, producer: Any, topic: str) -> None:
        self._producer, self._topic = producer, topic

    def write(self, message: LogMessage) -> None:
        """Writes a message. Raises PublishFailed; it is then unknown whether the broker stored it."""
        try:
            self._producer.send(message.payload, properties=dict(message.properties), partition_key=message.key)
        except pulsar.PulsarException as error:
            raise PublishFailed(self._topic, str(error) or type(error).__name__) from error


class LogTopic:
    """One topic of one partition. `patience_s` limits the wait for a broker that does not answer."""

    def __init__(self, connection: PulsarConnection, topic: str, patience_s: float = 10.0) -> None:
        self.topic = topic
        self._connection, self._patience_s = connection, patience_s

    def exists(self) -> bool:
        """Returns whether the topic exists. Raises LogTopicInvalid, LogUnreachable and AccessDenied."""
        return self._partition() is not None

    def read(self, *, compacted: bool = False) -> list[LogMessage]:
        """Returns all messages in order, none if the topic does not exist; `compacted` returns at least the newest per
        key.

        Raises LogTopicInvalid, LogUnreachable and AccessDenied.
        """
        partition = self._partition()
        if partition is None:
            return []
        with _client(self._connection) as client:
            return self._patiently("reading", lambda: _read(client, partition, compacted))

    @contextmanager
    def writer(self, patience_s: float, tell: Callable[[], None]) -> Iterator[LogWriter]:
        """Yields the only writer; calls `tell` once if it has to wait for another one.

        Raises LogBusy, LogUnreachable and AccessDenied.
        """
        with _client(self._connection) as client:
            producer = self._alone(client, patience_s, tell)
            try:
                yield LogWriter(producer, self.topic)
            finally:
                CLIENTS.close(producer, f"the producer of {self.topic}")

    def _alone(self, client: Any, patience_s: float, tell: Callable[[], None]) -> Any:
        ends, has_told = time.monotonic() + patience_s, False
        backoff = Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S)
        while True:
            try:
                return self._patiently("writing", lambda: _producer(client, self._existing_partition()))
            except _TAKEN as error:
                if time.monotonic() > ends:
                    raise LogBusy(
                        f"another client has been writing to {self.topic} for {patience_s:.0f} s; try again"
                    ) from error
            if not has_told:
                tell()
                has_told = True
            time.sleep(backoff.after())

    def _existing_partition(self) -> str:
        partition = self._partition()
        if partition is None:
            raise LogTopicInvalid(f"topic {self.topic} was deleted; run the command again")
        return partition

    def _partition(self) -> str | None:
        count = self._patiently("reading", lambda: PulsarAdmin(self._connection).partitions(self.topic))
        if count is not None and count > 1:
            raise LogTopicInvalid(
                f"topic {self.topic} has {count} partitions; expected one, since its messages need an order; "
                "hint: name another topic"
            )
        return None if count is None else f"{self.topic}-partition-0" if count else self.topic

    def _patiently(self, doing: str, attempt: Callable[[], T]) -> T:
        ends = time.monotonic() + self._patience_s
        retry = BrokerRetry(doing, self.topic, self._connection, lambda: time.monotonic() > ends)
        try:
            return retry.until_there(attempt)
        except RunStopped as stopped:
            where = self._connection
            raise LogUnreachable(
                f"{doing} {self.topic}: no answer within {self._patience_s:.0f} s from {where.url} and "
                f"{where.admin_url}; check that the broker is running and HEADRACE_PULSAR_URL is correct"
            ) from stopped


@contextmanager
def _client(connection: PulsarConnection) -> Iterator[Any]:
    client = CLIENTS.acquire(connection)
    try:
        yield client
    finally:
        CLIENTS.release(connection)


def _producer(client: Any, partition: str) -> Any:
    return client.create_producer(
        partition, send_timeout_millis=_SEND_MS, access_mode=pulsar.ProducerAccessMode.Exclusive
    )


def _read(client: Any, partition: str, compacted: bool) -> list[LogMessage]:
    reader = client.create_reader(partition, pulsar.MessageId.earliest, is_read_compacted=compacted)
    messages = []
    try:
        while reader.has_message_available():
            messages.append(_message(reader.read_next(_READ_MS)))
    finally:
        CLIENTS.close(reader, f"the reader of {partition}")
    return messages


def _message(message: Any) -> LogMessage:
    payload = None if message.has_null_value() else message.data()
    return LogMessage(message.partition_key(), payload, message.properties())
