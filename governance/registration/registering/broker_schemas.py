"""Reads, checks and registers the schemas of feature topics on the broker."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, get_args

from connectors.pulsar import AccessDenied, PulsarConnection, SchemaVersion, SchemaVersions, TopicSchema
from connectors.pulsar import register as post
from connectors.pulsar.schema import explain
from connectors.pulsar.size_limits import message_limit
from dataflows.definitions import Definitions
from dataflows.runtime.endpoints import topic_schema
from governance.changes.planning import Strategy, TopicSchemas
from governance.registration.registering.denials import Denials

_ASSUMED = "FULL"
_TRANSITIVE = "_TRANSITIVE"
_BACK = "back_as_version"
_OVERHEAD = 65_536  # bytes of an entry besides the schema itself


def schemas_of(connection: PulsarConnection, definitions: Definitions) -> dict[str, TopicSchemas]:
    """Returns the broker's schemas of the feature topics, by topic; empty for missing topics.

    Schemas that this role may not read are assumed to be the usual ones, which is logged. Raises BrokerAway and
    AdminError.
    """
    broker, denials = SchemaVersions(connection), Denials()
    by_topic = {topic: _readable_schemas(broker, topic, denials) for topic in definitions.topics()}
    denials.log()
    return {topic: schemas for topic, schemas in by_topic.items() if schemas is not None}


def refusals(connection: PulsarConnection, definitions: Definitions) -> Iterator[str]:
    """Yields a sentence for each topic whose schema the broker itself refuses; registers nothing."""
    broker, limit = SchemaVersions(connection), message_limit(connection, None) - _OVERHEAD
    for topic, schema in _missing(broker, definitions):
        if (size := _stored_bytes(schema)) > limit:
            yield (
                f"topic {topic}: its schema has {size:,} bytes, and the broker stores at most {limit:,}; shorten the "
                "descriptions of its features, or spread them over several topics"
            )
        elif reason := broker.refusal(topic, schema.definition()):
            yield f"topic {topic} refuses the schema: {explain(connection, topic, schema, reason)}"


def register_schemas(connection: PulsarConnection, definitions: Definitions) -> Iterator[tuple[str, int]]:
    """Registers missing schemas; yields topic and version. Raises IncompatibleSchema."""
    for topic, schema in _missing(SchemaVersions(connection), definitions):
        yield topic, post(connection, topic, schema)


def is_newest(versions: Sequence[SchemaVersion], schema: TopicSchema) -> bool:
    """Returns whether the newest version of a topic is this schema."""
    return bool(versions) and _plain(versions[-1].definition) == schema.definition()


def _missing(broker: SchemaVersions, definitions: Definitions) -> Iterator[tuple[str, TopicSchema]]:
    """Yields the schemas to register so that the newest schema of each topic matches its features.

    The broker makes no new version of an existing schema, so a schema that returns carries a mark.
    """
    for topic, features in definitions.topics().items():
        versions, schema = broker.all(topic), topic_schema(topic, features)
        if not is_newest(versions, schema):
            known = any(
                version.definition and _plain(version.definition) == schema.definition() for version in versions
            )
            back = {_BACK: str(versions[-1].number + 1)} if known else {}
            yield topic, replace(schema, properties={**schema.properties, **back})


def _stored_bytes(schema: TopicSchema) -> int:
    """Returns the size of the broker's entry: the record with its properties, and the properties again."""
    known = sum(len(name.encode()) + len(text.encode()) for name, text in schema.properties.items())
    return len(json.dumps(schema.definition())) + known


def _plain(definition: str) -> Any:
    """Returns a schema without the mark of its return."""
    schema = json.loads(definition) if definition else {}
    if isinstance(schema, dict) and _BACK in (schema.get("properties") or {}):
        schema["properties"].pop(_BACK)
    return schema


def _readable_schemas(broker: SchemaVersions, topic: str, denials: Denials) -> TopicSchemas | None:
    try:
        return _schemas(broker, topic, denials)
    except AccessDenied as denied:
        denials.note(denied, "records are compared without the schemas on the broker")
        return None


def _applied_strategy(broker: SchemaVersions, topic: str, denials: Denials) -> str | None:
    try:
        return broker.strategy(topic)
    except AccessDenied as denied:
        denials.note(denied, f"its strategy is taken to be {_ASSUMED}")
        return None if broker.partitions(topic) is None else _ASSUMED


def _schemas(broker: SchemaVersions, topic: str, denials: Denials) -> TopicSchemas | None:
    applied = _applied_strategy(broker, topic, denials)
    if applied is None:
        return None
    versions = broker.all(topic)
    foreign = next((version.kind for version in reversed(versions) if version.kind != "JSON"), "")
    return TopicSchemas(
        strategy=_strategy(applied),
        transitive=applied.endswith(_TRANSITIVE),
        records=tuple(json.loads(version.definition) for version in versions if version.kind == "JSON"),
        foreign=foreign,
    )


def _strategy(applied: str) -> Strategy:
    """Returns the strategy; an unknown one counts as the strictest that accepts anything."""
    known = {str(strategy): strategy for strategy in get_args(Strategy)}
    strategy: Strategy = known.get(applied.removesuffix(_TRANSITIVE), "FULL")
    return strategy
