"""Positions of messages in a partition: their order, text and bytes in snapshots, and gaps in the history."""

import re
from typing import Any

import pulsar

from connectors.errors import ExitCode, HeadraceError
from connectors.pulsar.topics.errors import MissingTopic

_STATE_VERSION = b"\x01"
_PROBE_MS = 5_000  # to read the earliest message of a topic that has one

_BEFORE_ALL = -2  # a batch index below that of every message
_AFTER_ALL = 2**31 - 1  # a batch index above that of every message
_ENTRY = re.compile(r"(-?\d+):(-?\d+)")
_PARTITION = re.compile(r".*-partition-(\d+)")

Position = tuple[int, int, int]  # ledger, entry, batch index (-1 when unbatched)


class HistoryTrimmed(HeadraceError):
    """The broker deleted messages after the snapshot, so that resuming would leave a silent gap."""

    exit_code = ExitCode.STATE


class InvalidPosition(HeadraceError, ValueError):
    """A text is not a position."""

    exit_code = ExitCode.WRONG


class UnknownSnapshot(HeadraceError, ValueError):
    """The position in the recovery store was written by an unknown version."""

    exit_code = ExitCode.STATE


def position(message_id: Any) -> Position:
    """Returns the position of a message id, which orders the messages of a partition."""
    return message_id.ledger_id(), message_id.entry_id(), message_id.batch_index()


def position_of(message: Any) -> Position:
    """Returns the position of a message."""
    return position(message.message_id())


def text(message_id: Any) -> str:
    """Formats a message id as ledger:entry:batch index."""
    return ":".join(map(str, position(message_id)))


def entry_text(ledger: int, entry: int) -> str:
    """Formats the position of an entry, which holds one message or one batch of them."""
    return f"{ledger}:{entry}"


def before(entry: str) -> Position:
    """Parses `ledger:entry` to a position below all messages of that entry. Raises `InvalidPosition`.

    >>> (7, 11, 999) < before("7:12") < (7, 12, -1)
    True
    """
    match = _ENTRY.fullmatch(entry)
    if match is None:
        raise InvalidPosition(f"position {entry!r}: expected ledger:entry, such as 12:0")
    return int(match[1]), int(match[2]), _BEFORE_ALL


def id_before(partition: str, entry: str) -> Any:
    """Returns the message id after which a reader starts to begin with an entry, `ledger:entry`. Raises
    `InvalidPosition`.

    It lies behind all messages of the previous entry: without a batch index it would lie before them.
    """
    ledger, number, _ = before(entry)
    index = _PARTITION.fullmatch(partition)
    last_of_batch = _AFTER_ALL if number > 0 else -1
    return pulsar.MessageId(int(index[1]) if index else -1, ledger, number - 1, last_of_batch)._msg_id


def dump(message_id: Any) -> bytes:
    """Encodes the state of a partition; empty before the first message."""
    return b"" if message_id is None else _STATE_VERSION + bytes(message_id.serialize())


def load(state: bytes) -> Any:
    """Decodes the message id that `dump` encoded; None for empty bytes. Raises `UnknownSnapshot`."""
    if not state:
        return None
    if not state.startswith(_STATE_VERSION):
        raise UnknownSnapshot(f"Pulsar position of version {state[0]}; this release reads version 1")
    return pulsar.MessageId.deserialize(state.removeprefix(_STATE_VERSION))


def refuse_gap(client: Any, partition: str, last: Any) -> None:
    """Raises `HistoryTrimmed` unless everything after `last` still exists.

    The broker deletes whole ledgers: as long as the ledger of the last delivered message exists, everything after it
    does. Once it is deleted, unread messages may have been deleted with it.
    """
    if last.entry_id() < 0:  # the topic was empty then: nothing was delivered that could be lost
        return
    oldest = earliest(client, partition)
    if oldest is not None and oldest.message_id().ledger_id() <= last.ledger_id():
        return
    available = "nothing" if oldest is None else f"messages from {text(oldest.message_id())}"
    raise HistoryTrimmed(
        f"{partition}: the recovery store continues after message {text(last)}, but the broker holds "
        f"{available}; messages in between may be lost. Set a retention longer than any pause "
        "(`pulsar-admin namespaces set-retention <tenant/namespace> --time 30d --size -1`), and either "
        "restore the topic or begin with a new recovery store: it counts what the broker still holds, "
        "and marks features that reach further back as warming up"
    )


def refuse_replaced(partition: str, last: Any, newest_ledger: int) -> None:
    """Raises `HistoryTrimmed` if a partition ends before the last delivered message: it is a new one of that name."""
    if 0 <= newest_ledger < last.ledger_id():
        raise HistoryTrimmed(
            f"{partition}: the recovery store continues after message {text(last)}, but the broker's newest ledger is "
            f"{newest_ledger}: the topic was created again, and its messages would be taken for old ones; either "
            "restore the topic or begin with a new recovery store"
        )


def earliest(client: Any, partition: str) -> Any:
    """Returns the oldest message of a partition; None if it is empty."""
    reader = open_reader(client, partition, pulsar.MessageId.earliest, queue=1)
    try:
        return reader.read_next(_PROBE_MS) if reader.has_message_available() else None
    finally:
        reader.close()


def first_since(client: Any, partition: str, since_ms: int) -> Any:
    """Returns the first message of a partition published at a time (ms) or later; None if there is none."""
    reader = open_reader(client, partition, pulsar.MessageId.earliest, queue=1)
    try:
        reader.seek(since_ms)
        while reader.has_message_available():
            message = reader.read_next(_PROBE_MS)
            if message.publish_timestamp() >= since_ms:  # messages fetched before the seek may still arrive
                return message
        return None
    finally:
        reader.close()


def open_reader(client: Any, partition: str, start: Any, queue: int) -> Any:
    """Opens a reader that starts after `start` and prefetches `queue` messages. Raises `MissingTopic`."""
    try:
        return client.create_reader(partition, start, receiver_queue_size=queue)
    except pulsar.TopicNotFound as error:
        raise MissingTopic(partition) from error
