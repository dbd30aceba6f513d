"""Describes the messages: events as JSON Schema, feature records as Avro, dead letters as JSON Schema."""

import re
from collections.abc import Sequence
from typing import Any

from dataflows.definitions import Feature, Source
from dataflows.runtime.endpoints import topic_schema

AVRO = "application/vnd.apache.avro+json;version=1.9.0"
_INT32, _INT64 = 2**31, 2**63
_TYPES: dict[str, dict[str, Any]] = {
    "STRING": {"type": "string"},
    "INT32": {"type": "integer", "minimum": -_INT32, "maximum": _INT32 - 1},
    "INT64": {"type": "integer", "minimum": -_INT64, "maximum": _INT64 - 1},
    "FLOAT": {"type": "number"},
    "DOUBLE": {"type": "number"},
    "BOOL": {"type": "boolean"},
    "TIMESTAMP": {"type": "string", "format": "date-time"},
}
_TEXT, _WHOLE = {"type": "string"}, {"type": "integer"}
_DEAD_LETTER_FIELDS: dict[str, Any] = {
    "source": {"type": ["string", "null"], "description": "Source of the event; null for a derived feature."},
    "reason": {**_TEXT, "description": "Short name of the reason, such as missing_field, late, quarantined."},
    "detail": {**_TEXT, "description": "The reason as a sentence."},
    "partition": {**_TEXT, "description": "Partition of the source topic."},
    "position": {**_TEXT, "description": "Position of the message in its partition."},
    "published_ms": {**_WHOLE, "description": "Publish time (ms since 1970)."},
    "payload": {**_TEXT, "description": "The message as text; long messages are truncated."},
    "payload_base64": {**_TEXT, "description": "The message in Base64, if it is not UTF-8."},
    "payload_bytes": {**_WHOLE, "description": "Length of a truncated message."},
    "payload_sha256": {**_TEXT, "description": "SHA-256 of a truncated message."},
    "feature": {**_TEXT, "description": "Feature whose value was withheld."},
    "rule": {**_TEXT, "description": "Rule that the value violates."},
    "entity_id": {**_TEXT, "description": "Key of the entity."},
    "entity": {**_TEXT, "description": "Id of the entity."},
    "value": {**_TEXT, "description": "The value; long values are truncated."},
    "as_of": {**_WHOLE, "description": "Time (ms since 1970) at which the value held."},
}


def event_payload(source: Source) -> dict[str, Any]:
    """Returns the JSON Schema of an event: each column is of its type, or null unless it is required."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: _column(source, name) for name in source.columns},
        "required": list(source.required),
    }
    return schema if source.unknown_fields == "ignore" else {**schema, "additionalProperties": False}


def _column(source: Source, name: str) -> dict[str, Any]:
    schema = dict(_TYPES[source.columns[name]])
    if name not in source.required:
        schema["type"] = [schema["type"], "null"]
    roles = [f"the {entity_id} of the event" for entity_id, column in source.entities.items() if column == name]
    if name == source.event_time.column:
        roles.append(f"the event time: {_UNITS[source.event_time.unit]}")
    return {**schema, "description": "; ".join(roles)} if roles else schema


_UNITS = {
    "s": "seconds since 1970",
    "ms": "milliseconds since 1970",
    "us": "microseconds since 1970",
    "iso": "ISO 8601 with a time zone",
}


def record_payload(topic: str, features: Sequence[Feature]) -> dict[str, Any]:
    """Returns the Avro schema that a run registers for a feature topic, with a name that AsyncAPI accepts."""
    schema = topic_schema(topic, features).definition()
    return {"schemaFormat": AVRO, "schema": {**schema, "name": re.sub(r"[^A-Za-z0-9_]", "_", schema["name"])}}


def dead_letter_payload() -> dict[str, Any]:
    """Returns the JSON Schema of a dead letter: of an event, with its payload, or of a withheld value."""
    return {"type": "object", "properties": _DEAD_LETTER_FIELDS, "required": ["source", "reason", "detail"]}
