"""What the admin interface knows of a topic: its name, where a partition ends, its ledgers, how much came in."""

import re
from dataclasses import dataclass

from connectors.pulsar.topics.errors import InvalidTopic

_TOPIC = re.compile(r"persistent://([^/]+)/([^/]+)/([^/]+)")


@dataclass(frozen=True, slots=True)
class TopicName:
    """`persistent://tenant/namespace/local`."""

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
    """Where a topic partition ends; `entry` is -1 when it holds nothing, `batch_index` when unbatched."""

    ledger: int
    entry: int
    batch_index: int
    partition: int


@dataclass(frozen=True, slots=True)
class Ledgers:
    """The list of ledgers of a topic partition: its version, how many it has, how many are in long-term storage.

    `created` is when the partition was made, as the cluster writes it, `newest` the id of its last ledger.
    """

    version: int
    retained: int
    offloaded: int
    created: str = ""
    newest: int = -1


@dataclass(frozen=True, slots=True)
class LedgerEntries:
    """How many entries a ledger has; an entry holds one message or one batch of them."""

    ledger: int
    entries: int


@dataclass(frozen=True, slots=True)
class PartitionStatistics:
    """What a topic partition holds by ledger, and the messages and entries that came since the broker opened it."""

    ledgers: tuple[LedgerEntries, ...]
    messages_in: int
    entries_in: int


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription of a topic: how many consumers are connected, and how many messages it has yet to read.

    One that is not `durable` belongs to a reader, and goes with it.
    """

    name: str
    durable: bool
    connected: int
    backlog: int
