"""Limits the size of messages, and splits batches accordingly."""

from collections.abc import Iterator

from connectors.pulsar.topics.admin import PulsarAdmin
from connectors.pulsar.topics.errors import AccessDenied, AdminError, BrokerAway
from connectors.pulsar_connection import PulsarConnection

DEFAULT_BYTES = 5_242_880
"""The largest message (bytes) that a broker accepts by default."""
_OVERHEAD = 64  # bytes of a message in a batch, besides its key
_BATCH_ROWS, _BATCH_BYTES = 2_000, 1 << 20  # rows sent before their batches are closed


def message_limit(connection: PulsarConnection, wanted: int | None) -> int:
    """Returns the maximum size of a message (bytes): the one set, else the broker's, else its default."""
    if wanted is not None:
        return wanted
    try:
        return PulsarAdmin(connection).max_message_bytes() or DEFAULT_BYTES
    except (AccessDenied, AdminError, BrokerAway):  # some roles may not ask
        return DEFAULT_BYTES


class SizeLimits:
    """Keeps messages and batches within the limit of a broker (bytes)."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def fits(self, key: str, payload: bytes) -> bool:
        """Returns whether the broker accepts a message; its key can occur twice, the second time in the head of a
        batch."""
        return len(payload) + 2 * len(key.encode()) + _OVERHEAD <= self._limit

    def longest(self, keys: list[str], payloads: list[bytes]) -> int:
        """Returns an upper bound for the largest message (bytes): a character of a key counts as four bytes, twice."""
        return max(map(len, payloads), default=0) + 8 * max(map(len, keys), default=0) + _OVERHEAD

    def all_fit(self, longest: int) -> bool:
        """Returns whether surely no message is too large."""
        return longest <= self._limit

    def slices(self, count: int, longest: int) -> Iterator[slice]:
        """Yields slices that keep batches within all limits; a message near the limit is sent alone."""
        rows = max(1, min(_BATCH_ROWS, _BATCH_BYTES // longest, self._limit // longest))
        for start in range(0, count, rows):
            yield slice(start, min(start + rows, count))
