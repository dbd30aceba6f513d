"""Creates and describes the topics of definitions on the broker: partitions, retention, properties."""

import logging
from collections.abc import Iterable, Iterator, Mapping

from connectors.pulsar import AccessDenied, AdminError, PulsarConnection, TopicPolicies
from connectors.pulsar.topics.policies import FOR_EVER
from dataflows.definitions import Definitions, Feature, Source
from dataflows.definitions.fingerprint import digest
from dataflows.graph import used_sources

log = logging.getLogger(__name__)

_DAY_MINUTES = 1_440
_OURS = "headrace.fingerprint"
_LONGEST = 4_000  # characters of one property


def topics_of(definitions: Definitions) -> dict[str, dict[str, str]]:
    """Returns the topics of sources and features, and their properties."""
    raw = {source.topic: _of_source(source) for source in used_sources(definitions)}
    return raw | {topic: _of_features(features) for topic, features in definitions.topics().items()}


def create_topics(
    connection: PulsarConnection, definitions: Definitions, partitions: int, retention_days: int
) -> Iterator[str]:
    """Creates and describes the topics; yields what was done, in words. Raises AccessDenied and AdminError."""
    policies = TopicPolicies(connection)
    for topic, properties in topics_of(definitions).items():
        if policies.partitions(topic) is None:
            made = policies.ensure_topic(topic, partitions)
            yield f"created topic {topic} with {made} partition{'s' * (made != 1)}"
        yield from _described(policies, topic, properties, retention_days)


def _described(
    policies: TopicPolicies, topic: str, properties: Mapping[str, str], retention_days: int
) -> Iterator[str]:
    """Sets the retention once, before properties mark the topic, so that later changes by others stay.

    A role without this permission can still register.
    """
    try:
        written = policies.properties(topic)
        if _OURS not in written and 0 in (policies.retention(topic) or ()):
            yield _set_retention(policies, topic, retention_days)
        if any(written.get(name) != value for name, value in properties.items()):
            policies.describe(topic, dict(properties))
            yield f"wrote owner, fingerprint and description on topic {topic}"
    except (AccessDenied, AdminError) as refused:
        log.warning("topic %s has no retention and no properties: %s", topic, refused)


def _set_retention(policies: TopicPolicies, topic: str, days: int) -> str:
    if days < 0:
        policies.keep(topic, FOR_EVER)
        return f"topic {topic} keeps its messages forever"
    policies.keep(topic, days * _DAY_MINUTES)
    return f"topic {topic} keeps its messages for {days} days"


def _of_source(source: Source) -> dict[str, str]:
    return {
        "headrace.source": source.name,
        "headrace.description": _cut(source.description),
        _OURS: digest(source.model_dump(mode="json")),
    }


def _of_features(features: Iterable[Feature]) -> dict[str, str]:
    listed = list(features)
    return {
        "headrace.entity": listed[0].entity_id,
        "headrace.owner": _cut(", ".join(sorted({feature.owner for feature in listed}))),
        "headrace.version": _cut(", ".join(f"{feature.feature_name}@{feature.version}" for feature in listed)),
        "headrace.description": _cut("; ".join(f"{f.feature_name}: {f.description}" for f in listed)),
        _OURS: digest({feature.feature_name: feature.fingerprint for feature in listed}),
    }


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
