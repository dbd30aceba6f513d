"""Writes topics: messages are sent at once and acknowledged before a snapshot counts."""

from collections.abc import Callable

from bytewax.outputs import StatefulSinkPartition
from typing_extensions import override

from connectors.messages import Outgoing
from connectors.numbered_sink import NumberedSink
from connectors.pulsar.client import never
from connectors.pulsar.publisher import Publisher
from connectors.pulsar.refusals import Refuse, fail
from connectors.pulsar.schema import TopicSchema
from connectors.pulsar.side_topic import SideTopicPartition
from connectors.pulsar_connection import PulsarConnection


class PulsarSink(NumberedSink[Outgoing]):
    """Writes `Outgoing` batches to one topic, at least once. Items are `(key, Outgoing)`, the key a number below
    `partitions` as text; a message's own key decides its partition of the topic.

    With a `schema` the payloads are records encoded with it. A message larger than the broker accepts (`most_bytes`;
    without it the broker is asked) goes to `refuse`; for a topic that is not `essential` so does everything once the
    broker refuses it for good. Raises `MissingTopic`, `AccessDenied`, `IncompatibleSchema` when built, `PublishFailed`
    and `Stopped` later.
    """

    def __init__(
        self,
        topic: str,
        connection: PulsarConnection,
        partitions: int,
        schema: TopicSchema | None = None,
        stopping: Callable[[], bool] = never,
        *,
        most_bytes: int | None = None,
        refuse: Refuse = fail,
        essential: bool = True,
    ) -> None:
        super().__init__(partitions)
        self._topic, self._refuse, self._essential = topic, refuse, essential
        self._publisher: Callable[[], Publisher] = lambda: Publisher(
            topic, connection, schema, stopping, most_bytes=most_bytes, refuse=refuse
        )

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: None) -> StatefulSinkPartition[Outgoing, None]:
        if self._essential:
            return PulsarSinkPartition(self._publisher())
        return SideTopicPartition(self._topic, self._publisher, self._refuse)


class PulsarSinkPartition(StatefulSinkPartition[Outgoing, None]):
    """Writes with one publisher."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    @override
    def write_batch(self, values: list[Outgoing]) -> None:
        for value in values:
            self._publisher.send(value.keys, value.payloads)

    @override
    def snapshot(self) -> None:
        self._publisher.flush()

    @override
    def close(self) -> None:
        self._publisher.close()
