"""The producer of one partition, and the messages that the broker has not acknowledged yet."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pulsar import Result

from connectors.pulsar.client import CLIENTS


@dataclass(frozen=True, slots=True, eq=False)
class ProducerBatch:
    """Messages sent together: the `rows` of `keys` and `payloads` that go to partition `number`."""

    keys: list[str]
    payloads: list[bytes]
    number: int
    rows: int


class Pending:
    """Batches that the broker has not acknowledged, and the first failure. Callbacks come from the library's threads.

    A batch larger than the broker accepts is not a failure: it is `returned`, to be sent in smaller ones.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.rows = 0
        self.failure: str | None = None
        self._batches, self._returned = dict[ProducerBatch, None](), dict[ProducerBatch, None]()

    def add(self, batch: ProducerBatch) -> None:
        """Adds a batch that was sent."""
        with self.changed:
            self.rows += batch.rows
            self._batches[batch] = None

    def take_returned(self) -> list[ProducerBatch]:
        """Removes and returns the batches that are too large, in sending order."""
        with self.changed:
            returned, self._returned = list(self._returned), {}
        return returned

    def take_all(self) -> list[ProducerBatch]:
        """Removes and returns everything that is not acknowledged, in sending order."""
        with self.changed:
            left, self._batches, self._returned, self.rows = [*self._returned, *self._batches], {}, {}, 0
        return left

    def settles(self, batch: ProducerBatch) -> Callable[[Any], None]:
        """Returns the callback of a batch."""
        return lambda result: self._settle(result, batch)

    def watches(self, batch: ProducerBatch) -> Callable[[Any, Any], None]:
        """Returns the callback of a single message, which reports a failure even if its batch is never sent."""
        return lambda result, _message_id: self._settle(result, batch) if result != Result.Ok else None

    def _settle(self, result: Any, batch: ProducerBatch) -> None:
        with self.changed:
            if result not in (Result.Ok, Result.MessageTooBig):
                self.failure = self.failure or result.name
            elif batch in self._batches:
                del self._batches[batch]
                self.rows -= batch.rows
                if result != Result.Ok:
                    self._returned[batch] = None
            self.changed.notify_all()


class PartitionProducer:
    """The producer of one partition; `open` is the batch that was sent to it and is not closed yet."""

    def __init__(self, producer: Any, pending: Pending) -> None:
        self._producer, self._raw, self._pending = producer, producer._producer, pending
        self.send = self._raw.send_async
        self.open: ProducerBatch | None = None

    def begin(self, batch: ProducerBatch) -> Callable[[Any, Any], None]:
        """Opens a batch; returns the callback of its first message.

        A permanently refused producer looks like one without a connection; only a failed message tells them apart.
        """
        self.open = batch
        self._pending.add(batch)
        return self._pending.watches(batch)

    def dispatch(self) -> bool:
        """Closes the open batch and sends it; returns False without a connection.

        `flush_async` keeps the interpreter lock while it takes the producer's. The library holds the latter during a
        callback only when a reconnection is refused, so never call it while disconnected.
        """
        if self.open is None:
            return True
        if not self._raw.is_connected():
            return False
        batch, self.open = self.open, None
        self._raw.flush_async(self._pending.settles(batch))
        return True

    def close(self) -> None:
        """Closes the producer."""
        CLIENTS.close(self._producer, f"a producer of {self._producer.topic()}")
