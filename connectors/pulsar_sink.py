"""Writing topics: sent at once, acknowledged before a snapshot counts."""

from collections.abc import Callable

from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition

from connectors.messages import Outgoing
from connectors.pulsar_client import never
from connectors.pulsar_publisher import Publisher
from connectors.pulsar_schema import TopicSchema
from connectors.pulsar_settings import PulsarConnection


class PulsarSink(FixedPartitionedSink[Outgoing, None]):
    """`Outgoing` batches to one topic, at least once. Items are `(key, Outgoing)`, the key a number below
    `partitions` as text; which partition of the topic a message goes to is decided by its own key.

    With a `schema` the payloads are records that were encoded to it. Raises `MissingTopic`, `AccessDenied`,
    `IncompatibleSchema` when built, `PublishFailed` and `Stopped` later.
    """

    def __init__(
        self,
        topic: str,
        connection: PulsarConnection,
        partitions: int,
        schema: TopicSchema | None = None,
        stopping: Callable[[], bool] = never,
    ) -> None:
        self._topic, self._connection, self._partitions = topic, connection, partitions
        self._schema, self._stopping = schema, stopping

    def list_parts(self) -> list[str]:
        return [str(number) for number in range(self._partitions)]

    def part_fn(self, item_key: str) -> int:
        return int(item_key)

    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "PulsarSinkPartition":
        return PulsarSinkPartition(Publisher(self._topic, self._connection, self._schema, self._stopping))


class PulsarSinkPartition(StatefulSinkPartition[Outgoing, None]):
    """One publisher."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def write_batch(self, values: list[Outgoing]) -> None:
        for value in values:
            self._publisher.send(value.keys, value.payloads)

    def snapshot(self) -> None:
        self._publisher.flush()

    def close(self) -> None:
        self._publisher.close()
