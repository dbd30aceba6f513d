"""Manages policies of topics: their namespace, retention, compaction and properties."""

from http import HTTPStatus
from typing import Any

from connectors.pulsar.topics.admin import PulsarAdmin, if_exists, path_of
from connectors.pulsar.topics.errors import AdminError
from connectors.pulsar.topics.facts import TopicName

FOR_EVER = -1


class TopicPolicies(PulsarAdmin):
    """Sends requests about policies; raises the errors of PulsarAdmin."""

    def create_namespace(self, topic: str) -> bool:
        """Creates the namespace of a topic unless it exists; returns whether it did."""
        try:
            self.send("PUT", f"namespaces/{_namespace(topic)}", None)
        except AdminError as error:
            if error.status != HTTPStatus.CONFLICT:
                raise
            return False
        return True

    def keep_namespace(self, topic: str) -> None:
        """Keeps all messages of a topic's namespace forever."""
        self.send("POST", f"namespaces/{_namespace(topic)}/retention", _retention(FOR_EVER))

    def keep(self, topic: str, minutes: int) -> None:
        """Keeps the messages of a topic for this long (-1: forever), whatever their size; takes effect a moment
        later."""
        self.send("POST", f"persistent/{path_of(topic)}/retention", _retention(minutes))

    def compact_above(self, topic: str, size: int) -> None:
        """Makes the broker compact a topic whenever this many bytes were added."""
        self.send("POST", f"persistent/{path_of(topic)}/compactionThreshold", size)

    def properties(self, topic: str) -> dict[str, str]:
        """Returns the properties of a topic; empty if the topic does not exist."""
        return dict(if_exists(lambda: self.send("GET", f"persistent/{path_of(topic)}/properties", None)) or {})

    def describe(self, topic: str, properties: dict[str, str]) -> None:
        """Sets properties of a topic; other properties stay."""
        self.send("PUT", f"persistent/{path_of(topic)}/properties", properties)


def _namespace(topic: str) -> str:
    name = TopicName.parse(topic)
    return f"{name.tenant}/{name.namespace}"


def _retention(minutes: int) -> dict[str, Any]:
    return {"retentionTimeInMinutes": minutes, "retentionSizeInMB": FOR_EVER}
