"""Stores the registry on Pulsar: a topic with all revisions, and a compacted one derived from it with the newest
state."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from typing_extensions import override

from connectors.pulsar import AdminError, LogTopic, LogWriter, PulsarConnection, TopicPolicies
from connectors.pulsar.topics.policies import FOR_EVER
from governance.registration.registry.document import InvalidRegistry
from governance.registration.registry.message_parts import parts_of, revisions_in
from governance.registration.registry.registered import RegistryContent
from governance.registration.registry.revision import Revision
from governance.registration.registry.store import Registry, Tell
from governance.registration.registry.view import missing_from

HISTORY = "-history"
_COMPACT_BYTES = 1_000_000
_IN_FORCE_S = 10.0


class RegistryNotKept(InvalidRegistry):
    """The topics of the registry would lose what is on record."""


class PulsarRegistry(Registry):
    """Two topics of one partition each: the compacted `topic`, and its history beside it."""

    def __init__(self, connection: PulsarConnection, topic: str, patience_s: float = 60.0) -> None:
        self._connection, self._topic, self._patience_s = connection, topic, patience_s
        self._log, self._view = LogTopic(connection, topic + HISTORY), LogTopic(connection, topic)
        self._writer: LogWriter | None = None

    @property
    @override
    def place(self) -> str:
        """Returns the topic and its cluster."""
        return f"{self._topic} on {self._connection.url}"

    @override
    def revisions(self) -> list[Revision]:
        """Returns all revisions. Raises InvalidRegistry, LogUnreachable and AccessDenied."""
        return list(revisions_in(self._log.read()))

    @override
    @contextmanager
    def hold(self, tell: Tell) -> Iterator[None]:
        """Holds the log, and creates the topics if missing. Raises LogBusy, LogUnreachable, AccessDenied and
        RegistryNotKept."""
        _create(self._connection, self._log, self._view, tell)
        with self._log.writer(self._patience_s, lambda: tell("waiting for another `headrace register`")) as writer:
            self._writer = writer
            try:
                yield
            finally:
                self._writer = None

    @override
    def append(self, revision: Revision) -> None:
        """Writes a revision. Raises PublishFailed."""
        for part in parts_of(revision):
            self._open_writer.write(part)

    @override
    def complete(self) -> None:
        """Updates the compacted topic from the log of revisions."""
        registered = self.read()
        if registered.revision:
            self._show(registered)

    def _show(self, registered: RegistryContent) -> None:
        with self._view.writer(self._patience_s, lambda: None) as writer:
            for message in missing_from(self._view.read(compacted=True), registered):
                writer.write(message)

    @property
    def _open_writer(self) -> LogWriter:
        if self._writer is None:
            raise RuntimeError("the registry is written by whoever holds it")
        return self._writer


def _create(connection: PulsarConnection, log: LogTopic, view: LogTopic, tell: Tell) -> None:
    """Creates topics with unlimited retention; the log last, because it marks that everything exists."""
    policies = TopicPolicies(connection)
    try:
        if not log.exists():
            if policies.create_namespace(log.topic):
                policies.keep_namespace(log.topic)
            _create_topic(policies, view.topic, tell)
            policies.compact_above(view.topic, _COMPACT_BYTES)
            _create_topic(policies, log.topic, tell)
        _keep(policies, log.topic)
    except AdminError as refused:
        raise _not_created(refused) from refused


def _create_topic(policies: TopicPolicies, topic: str, tell: Tell) -> None:
    policies.ensure_topic(topic, 1)
    _keep(policies, topic)
    tell(f"created topic {topic}")


def _not_created(refused: Exception) -> RegistryNotKept:
    return RegistryNotKept(
        f"cannot create the topics of the registry: {refused}; hint: set HEADRACE_REGISTRY_TOPIC to a "
        "topic in a namespace that this role administers"
    )


def _keep(policies: TopicPolicies, topic: str) -> None:
    def is_kept_forever() -> bool:
        return policies.retention(topic) == (FOR_EVER, FOR_EVER)

    if not is_kept_forever():
        policies.keep(topic, FOR_EVER)
    if not _soon(is_kept_forever):
        raise RegistryNotKept(
            f"topic {topic} has a retention of {policies.retention(topic)} (minutes, MB) and would lose "
            "data; set an infinite one: `pulsar-admin namespaces set-retention TENANT/NAMESPACE --time -1 --size -1`"
        )


def _soon(holds: Callable[[], bool]) -> bool:
    ends = time.monotonic() + _IN_FORCE_S
    while not holds():
        if time.monotonic() > ends:
            return False
        time.sleep(0.1)
    return True
