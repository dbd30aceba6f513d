"""Facts of a topic from the admin interface: its name, the end of a partition, its ledgers, its traffic."""

import re
from dataclasses import dataclass

from connectors.pulsar.topics.errors import InvalidTopic

_TOPIC = re.compile(r"persistent://([^/]+)/([^/]+)/([^/]+)")


@dataclass(frozen=True, slots=True)
class TopicName:
    """A topic name: `persistent://tenant/namespace/local`."""

    tenant: str
    namespace: str
    local: str

    @classmethod
    def parse(cls, topic: str) -> "TopicName":
        """Parses a topic name; a short name is in public/default. Raises InvalidTopic."""
        full = topic if "://" in topic else f"persistent://public/default/{topic}"
        match = _TOPIC.fullmatch(full)
        if match is None:
            raise InvalidTopic(f"topic {topic!r}: expected persistent://tenant/namespace/name")
        return cls(*match.groups())

    @property
    def path(self) -> str:
        """Returns the name as part of an admin URL."""
        return f"{self.tenant}/{self.namespace}/{self.local}"


@dataclass(frozen=True, slots=True)
class LastMessage:
    """The end of a topic partition; `entry` is -1 if it is empty, `batch_index` is -1 if unbatched."""

    ledger: int
    entry: int
    batch_index: int
    partition: int


@dataclass(frozen=True, slots=True)
class Ledgers:
    """The ledgers of a topic partition: version of the list, number of ledgers, how many are in long-term storage.

    `created` is the creation time of the partition as the cluster formats it, `newest` the id of its last ledger.
    """

    version: int
    retained: int
    offloaded: int
    created: str = ""
    newest: int = -1


@dataclass(frozen=True, slots=True)
class LedgerEntries:
    """The number of entries of a ledger; an entry holds one message or one batch of messages."""

    ledger: int
    entries: int


@dataclass(frozen=True, slots=True)
class PartitionStatistics:
    """Entries of a topic partition by ledger, and the messages and entries received since the broker opened it."""

    ledgers: tuple[LedgerEntries, ...]
    messages_in: int
    entries_in: int


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription of a topic: how many consumers are connected, and how many messages it has yet to read.

    A subscription that is not `durable` belongs to a reader, and is removed with it.
    """

    name: str
    durable: bool
    connected: int
    backlog: int
