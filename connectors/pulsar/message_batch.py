"""Converts messages of the library to one `RawBatch`; attributes needed of few messages are read lazily."""

from typing import Any

import numpy as np

from connectors.messages import MessageColumns, RawBatch, Times
from connectors.pulsar.position import text


def raw_batch(partition: str, messages: list[Any], payloads: list[bytes], now: int, ended: bool) -> RawBatch:
    """Returns the batch of messages that were read at `now` (ms)."""
    oldest, newest = (min(published, now) for published in _ends(messages))
    return RawBatch(
        partition,
        payloads,
        oldest,
        newest,
        lambda row: text(messages[row].message_id()),
        ended,
        lambda row: min(int(messages[row].publish_timestamp()), now),
        lambda: np.minimum(_published(messages), now),
        lambda: _columns(messages),
    )


def _ends(messages: list[Any]) -> tuple[int, int]:
    """Returns the publish times (ms) of the first and the last message; zeros if there is none."""
    if not messages:
        return 0, 0
    return messages[0].publish_timestamp(), messages[-1].publish_timestamp()


def _published(messages: list[Any]) -> Times:
    return np.fromiter((message.publish_timestamp() for message in messages), np.int64, len(messages))


def _columns(messages: list[Any]) -> MessageColumns:
    """Returns the columns of messages; an empty key becomes None, because the library cannot tell the two apart."""
    return MessageColumns(
        [message.partition_key() or None for message in messages],
        [text(message.message_id()) for message in messages],
        _published(messages),
        np.fromiter((message.event_timestamp() for message in messages), np.int64, len(messages)),
    )
