"""Detects changes of a topic during a run: added partitions, deletion, and creation of a new topic of its name."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from connectors.errors import ExitCode, HeadraceError
from connectors.pulsar.topics.admin import PulsarAdmin
from connectors.pulsar.topics.errors import AccessDenied, AdminError

TOLD_MS = 3_600_000
"""How long a recreated topic is reported (ms)."""
_SURE = 2  # number of looks that must find other partitions before the run ends


class TopicReplaced(HeadraceError):
    """The topic was created again with other partitions, so the readers of this run have no topic."""

    exit_code = ExitCode.SERVICE


class IdsStartedOver(HeadraceError):
    """The topic was created again with message ids below those already read, so new messages would be skipped."""

    exit_code = ExitCode.STATE


@dataclass(frozen=True, slots=True)
class PartitionCreation:
    """The creation time of a partition, and its newest ledger."""

    when: str
    ledger: int


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic at one moment: `partitions` is None if it does not exist, 0 if not partitioned; `made` has each known
    partition."""

    partitions: int | None
    made: Mapping[str, PartitionCreation] = field(default_factory=dict)


def look(admin: PulsarAdmin, topic: str, names: Sequence[str]) -> TopicState:
    """Looks at a topic and its partitions `names`. Raises BrokerAway, AccessDenied, AdminError."""
    partitions = admin.partitions(topic)
    made: dict[str, PartitionCreation] = {}
    with suppress(AccessDenied):  # some roles may not ask for this
        for name in names if partitions is not None else ():
            if (creation := _creation_of(admin, name)) is not None:
                made[name] = creation
    return TopicState(partitions, made)


def _creation_of(admin: PulsarAdmin, name: str) -> PartitionCreation | None:
    """Returns when a partition was created; None if it does not exist or has no ledger yet."""
    try:
        ledgers = admin.ledgers(name)
    except AdminError:
        return None
    if ledgers is None or not ledgers.created or ledgers.newest < 0:
        return None
    return PartitionCreation(ledgers.created, ledgers.newest)


class TopicTracker:
    """Follows one topic, look by look; `names` are the partitions that the run reads.

    >>> course = TopicTracker("t", ["t-partition-0"])
    >>> course.see(TopicState(3), 0)[0][:54]
    'topic t has 3 partitions now, but this run reads only '
    >>> course.unread, course.see(TopicState(3), 0)
    (2, [])
    """

    def __init__(self, topic: str, names: Sequence[str]) -> None:
        self._topic, self.names = topic, tuple(names)
        self._partitions = 0 if self.names == (topic,) else len(self.names)
        self._creations: dict[str, PartitionCreation] = {}
        self._added = self._missing = self._anew = ""
        self._anew_ms = self._odd = 0
        self.unread = self.times_anew = 0

    @property
    def missing(self) -> bool:
        """Returns whether the topic does not exist now."""
        return bool(self._missing)

    def troubles(self, now_ms: int) -> list[str]:
        """Returns the current troubles, one sentence each."""
        anew = self._anew if now_ms - self._anew_ms < TOLD_MS else ""
        return [trouble for trouble in (self._missing, self._added, anew) if trouble]

    def see(self, topic_look: TopicState, now_ms: int) -> list[str]:
        """Returns the troubles that are new in a look. Raises TopicReplaced, IdsStartedOver."""
        before = set(self.troubles(now_ms))
        if topic_look.partitions is None:
            self._missing, self.unread, self._added = self._gone(), 0, ""
        else:
            self._missing = ""
            self._count(topic_look.partitions)
            self._compare(topic_look.made, now_ms)
        return [trouble for trouble in self.troubles(now_ms) if trouble not in before]

    def _count(self, partitions: int) -> None:
        fits = (partitions == 0) == (self._partitions == 0) and partitions >= self._partitions
        self._odd = 0 if fits else self._odd + 1
        if self._odd >= _SURE:
            raise TopicReplaced(self._other(partitions))
        self.unread = partitions - self._partitions if fits else 0
        self._added = self._grown(partitions) if self.unread else ""

    def _compare(self, made: Mapping[str, PartitionCreation], now_ms: int) -> None:
        anew = [name for name, creation in made.items() if self._creations.get(name, creation).when != creation.when]
        for name in anew:
            if made[name].ledger <= self._creations[name].ledger:
                raise IdsStartedOver(self._below(name))
        self._creations |= made
        if anew:
            self._anew, self._anew_ms = self._begun_again(anew, made), now_ms
            self.times_anew += 1

    def _grown(self, partitions: int) -> str:
        return (
            f"topic {self._topic} has {partitions} partitions now, but this run reads only the {self._partitions} "
            f"of its start: events on the other {self.unread} are not read; restart the dataflow to read them from "
            "HEADRACE_START on; events older than all windows will count as late"
        )

    def _gone(self) -> str:
        return (
            f"topic {self._topic} was deleted while the dataflow reads it: no events arrive, and unread ones are lost; "
            "stop the dataflow, create the topic again, then start the dataflow"
        )

    def _begun_again(self, names: Sequence[str], made: Mapping[str, PartitionCreation]) -> str:
        listed = ", ".join(f"{name} ({made[name].when})" for name in sorted(names))
        return (
            f"topic {self._topic} was deleted and created again while the dataflow reads it: {listed}; "
            "unread messages of the old topic are lost, the new one is read from its beginning"
        )

    def _other(self, partitions: int) -> str:
        return (
            f"topic {self._topic} was deleted and created again with {_counted(partitions)}, and this run reads the "
            f"{_counted(self._partitions)} of the old one; hint: restart the dataflow to read the new topic"
        )

    def _below(self, name: str) -> str:
        return (
            f"{name} was created again and its message ids start over, below those already read: its messages would be "
            "taken for old ones; hint: start with a new recovery store"
        )


def _counted(partitions: int) -> str:
    return {0: "no partitions", 1: "one partition"}.get(partitions, f"{partitions} partitions")
