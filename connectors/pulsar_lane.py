"""The producer of one partition, and what the broker has not acknowledged yet."""

import threading
from collections.abc import Callable
from typing import Any

from pulsar import Result


class Pending:
    """Rows that the broker has not acknowledged, and the first failure. Callbacks come from its threads."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.rows = 0
        self.failure: str | None = None

    def add(self, rows: int) -> None:
        with self.changed:
            self.rows += rows

    def settles(self, rows: int) -> Callable[[Any], None]:
        """The callback of a batch of `rows`."""
        return lambda result: self._settle(result, rows)

    def watches(self) -> Callable[[Any, Any], None]:
        """The callback of a message whose rows are settled by its batch."""
        return lambda result, _message_id: self._settle(result, 0)

    def _settle(self, result: Any, rows: int) -> None:
        with self.changed:
            self.rows -= rows
            if result != Result.Ok and self.failure is None:
                self.failure = result.name
            self.changed.notify_all()


class Lane:
    """The producer of one partition; `open` rows are sent to it and not yet closed to a batch."""

    def __init__(self, producer: Any, pending: Pending) -> None:
        self._producer, self._raw, self._pending = producer, producer._producer, pending
        self.send = self._raw.send_async
        self.open = 0

    def watch(self) -> Callable[[Any, Any], None] | None:
        """The callback of the first message after a dispatch, None for later ones.

        A producer that is refused for ever looks like one without a connection; the difference is that it
        fails what was sent to it.
        """
        return self._pending.watches() if self.open == 0 else None

    def dispatch(self) -> bool:
        """Closes the open rows to one batch and sends it; False without a connection.

        `flush_async` keeps the interpreter lock while it takes the producer's. The library holds that one
        while it calls back only when a reconnection is refused: so never call it while not connected.
        """
        if self.open == 0:
            return True
        if not self._raw.is_connected():
            return False
        rows, self.open = self.open, 0
        self._raw.flush_async(self._pending.settles(rows))
        return True

    def close(self) -> None:
        self._producer.close()
