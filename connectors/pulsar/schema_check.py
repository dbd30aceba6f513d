"""Checks that the schema of a topic is registered before a worker writes to it."""

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from typing_extensions import override

from connectors.errors import ExitCode, HeadraceError
from connectors.pulsar.schema import TopicSchema, field_types, register
from connectors.pulsar.topics.schema_versions import SchemaVersion, SchemaVersions
from connectors.pulsar_connection import PulsarConnection

log = logging.getLogger(__name__)
SchemaCheck = Literal["off", "warn", "enforce"]
_KIND = "JSON"


class UnregisteredSchema(HeadraceError, ValueError):
    """No registered version of a topic's schema has the fields of the records; nothing was sent."""

    exit_code = ExitCode.SERVICE

    def __init__(self, topic: str, difference: str) -> None:
        super().__init__(
            f"topic {topic}: the record of these definitions is not registered: {difference}; run `headrace register`, "
            "or start with the definitions that are registered"
        )


@dataclass(frozen=True)
class RegisteredSchema(TopicSchema):
    """A registered schema: a writer with it registers nothing."""

    @override
    def definition(self) -> dict[str, Any]:
        return self.avro


def writable_schema(
    connection: PulsarConnection, topic: str, schema: TopicSchema, check: SchemaCheck = "off"
) -> TopicSchema:
    """Returns the schema to write a topic with. `off` registers it; `warn` does too, and logs that it was not
    registered.

    `enforce` registers nothing and takes the newest version with the same fields. A topic without any schema is new, so
    `warn` is silent. Raises UnregisteredSchema and IncompatibleSchema.
    """
    versions = [] if check == "off" else _versions(connection, topic)
    known = next((version for version in reversed(versions) if not any(_differences(version, schema))), None)
    if check == "enforce":
        if known is None:
            raise UnregisteredSchema(topic, _difference(versions, schema))
        return RegisteredSchema(schema.name, json.loads(known.definition), schema.properties)
    if versions and known is None:
        log.warning(
            "%s; this worker registers it (HEADRACE_REGISTRY=warn)",
            UnregisteredSchema(topic, _difference(versions, schema)),
        )
    register(connection, topic, schema)
    return schema


def _versions(connection: PulsarConnection, topic: str) -> list[SchemaVersion]:
    """Returns the versions that are not deleted."""
    return [version for version in SchemaVersions(connection).all(topic) if version.definition]


def _difference(versions: Sequence[SchemaVersion], schema: TopicSchema) -> str:
    """Describes how the record differs from the newest version."""
    return "; ".join(_differences(versions[-1], schema)) if versions else "the topic has no schema"


def _differences(version: SchemaVersion, schema: TopicSchema) -> Iterator[str]:
    """Yields the fields that differ. Descriptions, owners and the order of fields make no difference to readers."""
    if version.kind != _KIND:
        yield f"version {version.number} is of the kind {version.kind}, not {_KIND}"
        return
    old, new = field_types(json.loads(version.definition)), field_types(schema.avro)
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            yield f"field {name} is not in version {version.number}"
        elif name not in new:
            yield f"field {name} of version {version.number} is not in the record"
        elif old[name] != new[name]:
            yield f"field {name} is {old[name]} in version {version.number} and {new[name]} in the record"
