"""Checks whether readers of a feature topic keep working: its Avro records before and after, by the broker's
strategy."""

import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

import avro.schema
import msgspec
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

from dataflows.definitions import Definitions, Feature
from dataflows.rows import avro_record, record_name

Strategy = Literal["ALWAYS_COMPATIBLE", "ALWAYS_INCOMPATIBLE", "BACKWARD", "FORWARD", "FULL"]
"""Strategies by Pulsar's names; the `_TRANSITIVE` ones apply the same to every version."""


class TopicChange(msgspec.Struct, frozen=True, kw_only=True):
    """A feature topic whose record changes; `problem` says what its readers could not read, empty if they can."""

    topic: str
    action: Literal["add", "remove", "change"]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    problem: str = ""


class TopicSchemas(msgspec.Struct, frozen=True, kw_only=True):
    """The broker's schemas of a topic: the records of all versions, the newest last, and the strategy for a new one.

    A `transitive` strategy checks all of them, others the newest. `foreign` is a kind of schema other than JSON.
    """

    strategy: Strategy
    transitive: bool = False
    records: tuple[dict[str, Any], ...] = ()
    foreign: str = ""


def topic_changes(
    before: Definitions,
    after: Definitions,
    strategy: Strategy = "FULL",
    schemas: Mapping[str, TopicSchemas] = MappingProxyType({}),
) -> Iterator[TopicChange]:
    """Yields the feature topics that are added, removed, or get another record; `strategy` applies to unknown
    topics."""
    old, new = before.topics(), after.topics()
    for topic in sorted(old.keys() | new.keys()):
        known = schemas.get(topic, TopicSchemas(strategy=strategy))
        if topic not in new:
            yield TopicChange(topic=topic, action="remove", removed=_names(old[topic]))
        elif topic not in old:
            verdict = _verdict([], _record(topic, new[topic]), known)
            yield TopicChange(topic=topic, action="add", added=_names(new[topic]), problem=verdict)
        elif _record(topic, old[topic]) != _record(topic, new[topic]):
            yield _changed(topic, old[topic], new[topic], known)


def _changed(topic: str, old: Sequence[Feature], new: Sequence[Feature], schemas: TopicSchemas) -> TopicChange:
    before, after = _names(old), _names(new)
    return TopicChange(
        topic=topic,
        action="change",
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
        problem=_verdict([_record(topic, old)], _record(topic, new), schemas),
    )


def _verdict(earlier: Sequence[dict[str, Any]], record: dict[str, Any], schemas: TopicSchemas) -> str:
    """Checks a record against those on record, and those on the broker."""
    if schemas.foreign and schemas.strategy != "ALWAYS_COMPATIBLE":
        return f"it holds schemas of the kind {schemas.foreign}, and records are JSON; name another topic"
    standing = schemas.records if schemas.transitive else schemas.records[-1:]
    verdicts = (
        problem(earlier_record, record, schemas.strategy)
        for earlier_record in (*earlier, *map(_bare, reversed(standing)))
    )
    return next((verdict for verdict in verdicts if verdict), "")


def problem(before: dict[str, Any], after: dict[str, Any], strategy: Strategy) -> str:
    """Words what a reader could not read, or nothing; records are Avro schemas as JSON.

    >>> long = {"type": "record", "name": "r", "fields": [{"name": "f", "type": "long"}]}
    >>> text = {"type": "record", "name": "r", "fields": [{"name": "f", "type": "string"}]}
    >>> problem(long, long, "FULL"), problem(long, text, "BACKWARD")
    ('', 'a new reader cannot read earlier records: field f: reader type: string not compatible with writer type: long')
    """
    if strategy == "ALWAYS_INCOMPATIBLE":
        return "the strategy of the topic is ALWAYS_INCOMPATIBLE: it takes no other schema"
    if strategy in ("BACKWARD", "FULL") and (why := _unreadable(reader=after, writer=before)):
        return f"a new reader cannot read earlier records: {why}"
    if strategy in ("FORWARD", "FULL") and (why := _unreadable(reader=before, writer=after)):
        return f"an earlier reader cannot read new records: {why}"
    return ""


def _unreadable(reader: dict[str, Any], writer: dict[str, Any]) -> str:
    check: Any = ReaderWriterCompatibilityChecker  # its constructor has no types
    schemas = [avro.schema.parse(json.dumps(record)) for record in (reader, writer)]
    result = check().get_compatibility(reader=schemas[0], writer=schemas[1])
    if result.compatibility is SchemaCompatibilityType.compatible:
        return ""
    fields = sorted({_field(place, reader) for place in result.locations} - {""})
    return f"field {', '.join(fields)}: {'; '.join(sorted(result.messages))}"


def _field(place: str, record: dict[str, Any]) -> str:
    """Returns the field name of a place such as `/fields/6/type/1`."""
    _, _, *path = place.split("/")
    return str(record["fields"][int(path[0])]["name"]) if path and path[0].isdigit() else ""


def _record(topic: str, features: Sequence[Feature]) -> dict[str, Any]:
    return _bare(avro_record(record_name(topic), features[0].entity_id, features))


def _bare(record: Mapping[str, Any]) -> dict[str, Any]:
    """Removes descriptions and properties, which no reader needs."""
    fields = [{key: value for key, value in field.items() if key != "doc"} for field in record["fields"]]
    return {**{key: value for key, value in record.items() if key != "properties"}, "fields": fields}


def _names(features: Sequence[Feature]) -> tuple[str, ...]:
    return tuple(feature.feature_name for feature in features)
