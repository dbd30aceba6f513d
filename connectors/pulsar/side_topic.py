"""Publishes to a topic that features do not need, such as dead letters; the run continues if the broker refuses it."""

import logging
import time
from collections.abc import Callable

from bytewax.outputs import StatefulSinkPartition
from typing_extensions import override

from connectors.errors import HeadraceError
from connectors.messages import Outgoing
from connectors.pulsar.publisher import Publisher
from connectors.pulsar.refusals import PublishFailed, Refuse
from connectors.pulsar.topics.errors import AccessDenied, MissingTopic

log = logging.getLogger(__name__)

_AGAIN_S = 60.0


class SideTopicPartition(StatefulSinkPartition[Outgoing, None]):
    """Writes with one publisher. Once the broker refuses the topic, everything goes to `refuse`; it retries every
    minute."""

    def __init__(self, topic: str, opening: Callable[[], Publisher], refuse: Refuse) -> None:
        self._topic, self._opening, self._refuse = topic, opening, refuse
        self._publisher: Publisher | None = None
        self._why, self._tried_s = "", 0.0
        self._open()

    @override
    def write_batch(self, values: list[Outgoing]) -> None:
        for value in values:
            self._write(value)

    @override
    def snapshot(self) -> None:
        if self._publisher is None and time.monotonic() - self._tried_s > _AGAIN_S:
            self._open()
        self._settle(lambda publisher: publisher.flush())

    @override
    def close(self) -> None:
        self._settle(lambda publisher: publisher.close())

    def _open(self) -> None:
        self._tried_s = time.monotonic()
        try:
            self._publisher = self._opening()
        except PublishFailed as failed:
            self._note_failure(failed, failed.result)
        except (AccessDenied, MissingTopic) as failed:
            self._note_failure(failed, type(failed).__name__)

    def _write(self, value: Outgoing) -> None:
        """Sends messages; a failed write is refused as a whole, even if partly sent, because duplicates are better than
        losses."""
        self._settle(lambda publisher: publisher.send(value.keys, value.payloads))
        if self._publisher is None:
            self._refuse(self._topic, value.keys, value.payloads, self._why)

    def _settle(self, work: Callable[[Publisher], None]) -> None:
        if (publisher := self._publisher) is None:
            return
        try:
            work(publisher)
        except PublishFailed as failed:
            self._publisher = None
            self._note_failure(failed, failed.result)
            for keys, payloads in publisher.abandon():
                self._refuse(self._topic, keys, payloads, self._why)

    def _note_failure(self, failed: HeadraceError, why: str) -> None:
        self._why = why
        log.warning("%s; the run continues without it and retries every minute", failed)
