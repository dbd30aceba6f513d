"""Reads the schemas of a topic: all versions, the compatibility strategy, and the broker's verdict on a new one."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from connectors.pulsar.topics.admin import PulsarAdmin, if_exists, path_of
from connectors.pulsar.topics.errors import AdminError

_NOT_YET = -1
_REFUSED = "schema compatibility"
"""Text in the broker's answer to an incompatible schema, with status 500."""


@dataclass(frozen=True, slots=True)
class SchemaVersion:
    """One version of a topic's schema: its kind, such as JSON or AVRO, and its definition as registered."""

    number: int
    kind: str
    definition: str


class SchemaVersions(PulsarAdmin):
    """Sends requests about schemas; raises the errors of PulsarAdmin."""

    def strategy(self, topic: str) -> str | None:
        """Returns the strategy of a topic, such as FULL_TRANSITIVE; None if the topic does not exist."""
        path = f"persistent/{path_of(topic)}/schemaCompatibilityStrategy?applied=true"
        return if_exists(lambda: str(self.send("GET", path, None)))

    def all(self, topic: str) -> list[SchemaVersion]:
        """Returns all versions of a topic, the newest last."""
        answer = if_exists(lambda: self.send("GET", f"schemas/{path_of(topic)}/schemas", None)) or {}
        versions = [
            SchemaVersion(int(answered["version"]), str(answered["type"]), str(answered.get("data") or ""))
            for answered in answer.get("getSchemaResponses", ())
        ]
        return sorted(versions, key=lambda version: version.number)

    def number(self, topic: str, definition: dict[str, Any]) -> int | None:
        """Returns the version under which a topic has this JSON schema; None if it has not."""
        answer = if_exists(lambda: self.send("POST", f"schemas/{path_of(topic)}/version", _body(definition)))
        number = int(answer["version"]) if answer else _NOT_YET
        return None if number == _NOT_YET else number

    def refusal(self, topic: str, definition: dict[str, Any]) -> str:
        """Returns why the broker would refuse this JSON schema; empty if it would not. Registers nothing."""
        try:
            answer = self.send("POST", f"schemas/{path_of(topic)}/compatibility", _body(definition))
        except AdminError as error:
            if error.status == HTTPStatus.CONFLICT or _REFUSED in error.reason:
                return error.reason
            raise
        return "" if answer["compatibility"] else f"with strategy {answer['schemaCompatibilityStrategy']}"


def _body(definition: dict[str, Any]) -> dict[str, Any]:
    return {"type": "JSON", "schema": json.dumps(definition), "properties": {}}
