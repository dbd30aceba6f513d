"""The schemas of feature topics on the broker: what stands there, what the broker says, and registering."""

import json
from collections.abc import Iterator
from typing import get_args

from connectors.pulsar import PulsarConnection, SchemaVersions, TopicSchema
from connectors.pulsar import register as post
from connectors.pulsar.schema import explain
from dataflows.definitions import Definitions
from dataflows.runtime.endpoints import topic_schema
from governance.planning import Strategy, TopicSchemas

_TRANSITIVE = "_TRANSITIVE"


def schemas_of(connection: PulsarConnection, definitions: Definitions) -> dict[str, TopicSchemas]:
    """What stands on the broker for the feature topics of definitions, by topic; nothing of topics that are not there.

    Raises BrokerAway, AccessDenied and AdminError.
    """
    broker = SchemaVersions(connection)
    return {topic: schemas for topic in definitions.topics() if (schemas := _schemas(broker, topic)) is not None}


def refusals(connection: PulsarConnection, definitions: Definitions) -> Iterator[str]:
    """The verdict of the broker itself, a sentence for each topic that refuses; nothing is registered."""
    broker = SchemaVersions(connection)
    for topic, schema in _wanted(definitions).items():
        if broker.number(topic, schema.definition()) is None and (reason := broker.refusal(topic, schema.definition())):
            yield f"topic {topic} refuses the schema: {explain(connection, topic, schema, reason)}"


def register_schemas(connection: PulsarConnection, definitions: Definitions) -> Iterator[tuple[str, int]]:
    """Registers what is not there yet; yields topic and version. Raises IncompatibleSchema."""
    broker = SchemaVersions(connection)
    for topic, schema in _wanted(definitions).items():
        if broker.number(topic, schema.definition()) is None:
            yield topic, post(connection, topic, schema)


def _wanted(definitions: Definitions) -> dict[str, TopicSchema]:
    return {topic: topic_schema(topic, features) for topic, features in definitions.topics().items()}


def _schemas(broker: SchemaVersions, topic: str) -> TopicSchemas | None:
    applied = broker.strategy(topic)
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
    """One that this version does not know is taken for the strictest that lets anything through."""
    known = {str(strategy): strategy for strategy in get_args(Strategy)}
    strategy: Strategy = known.get(applied.removesuffix(_TRANSITIVE), "FULL")
    return strategy
