"""Registers the schema of a typed topic; the caller encodes the records."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import pulsar
from pulsar.schema.schema import Schema
from typing_extensions import override

from connectors.errors import ExitCode, HeadraceError
from connectors.pulsar.topics.admin import PulsarAdmin
from connectors.pulsar.topics.errors import AdminError
from connectors.pulsar_connection import PulsarConnection


class IncompatibleSchema(HeadraceError, ValueError):
    """Readers of the topic could not read records of this schema; nothing was changed."""

    exit_code = ExitCode.SERVICE

    def __init__(self, topic: str, reason: str) -> None:
        super().__init__(
            f"topic {topic} refuses the schema: {reason.rstrip('.')}. Add fields as nullable with a default "
            "and keep the type of existing ones, or use a new topic"
        )


@dataclass(frozen=True)
class TopicSchema:
    """An Avro record named `name` with properties (owner, version, fingerprint ...)."""

    name: str
    avro: dict[str, Any]
    properties: dict[str, str]

    def definition(self) -> dict[str, Any]:
        """Returns the record with its properties inside.

        The broker keeps the properties of the first registration if only they change; as an attribute of the record
        they make a new version, and they do not affect compatibility.
        """
        return {**self.avro, "name": self.name, "properties": dict(sorted(self.properties.items()))}


def register(connection: PulsarConnection, topic: str, schema: TopicSchema) -> int:
    """Registers the schema of a topic and returns its version; the same schema again changes nothing.

    Raises `IncompatibleSchema`.
    """
    try:
        return PulsarAdmin(connection).post_schema(topic, schema.definition(), schema.properties)
    except AdminError as error:
        if error.status != HTTPStatus.CONFLICT:
            raise
        raise IncompatibleSchema(topic, explain(connection, topic, schema, error.reason)) from error


def explain(connection: PulsarConnection, topic: str, schema: TopicSchema, reason: str) -> str:
    """Explains why the broker refused a schema: its rule and the fields that differ from the registered one."""
    registered = PulsarAdmin(connection).schema(topic)
    old = json.loads(registered["data"]) if registered and registered["data"] else {}
    return _refusal(reason, old, schema.definition())


class EncodedRecords(Schema):
    """Passes the schema to the broker and payloads through unchanged, because they are encoded column by column
    before."""

    def __init__(self, schema: TopicSchema) -> None:
        json_type = pulsar._pulsar.SchemaType.JSON
        super().__init__(bytes, json_type, schema.definition(), schema.name)

    @override
    def encode(self, obj: bytes) -> bytes:
        return obj

    @override
    def decode(self, data: bytes) -> bytes:
        return data


def _refusal(reason: str, old: dict[str, Any], new: dict[str, Any]) -> str:
    """Lists the differing fields, because the broker prints both schemas in full."""
    strategy = re.search(r"with strategy (\w+)", reason)
    rule = f"not {strategy.group(1)} compatible" if strategy else reason.partition("{")[0].strip()
    changes = "; ".join(_changes(field_types(old), field_types(new)))
    return f"{rule}: {changes}" if changes else rule


def field_types(avro: dict[str, Any]) -> dict[str, str]:
    """Returns the type and the default of each field of a record, as JSON."""
    return {field["name"]: _described(field) for field in avro.get("fields", ())}


def _described(field: dict[str, Any]) -> str:
    default = f" default {json.dumps(field['default'])}" if "default" in field else ""
    return json.dumps(field["type"], sort_keys=True) + default


def _changes(old: dict[str, str], new: dict[str, str]) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield f"field {name} is {old.get(name, 'absent')}, would become {new.get(name, 'absent')}"
