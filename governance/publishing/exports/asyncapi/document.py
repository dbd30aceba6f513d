"""Builds the AsyncAPI 3.0 document of a deployment: source topics, feature topics and the topic of dead letters."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from dataflows.definitions import Definitions, Feature, Source
from governance.publishing.exports.asyncapi.payloads import dead_letter_payload, event_payload, record_payload

VERSION = "3.0.0"
_BINDING = "0.1.0"
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class DocumentedTopic:
    """A topic with its message; `action` is what Headrace does with it, `key` the meaning of a message's key."""

    topic: str
    action: Literal["send", "receive"]
    description: str
    payload: Mapping[str, Any]
    key: str
    facts: Mapping[str, Any]


def asyncapi(definitions: Definitions, dead_letter_topic: str, pulsar_url: str | None = None) -> dict[str, Any]:
    """Returns the document, the same for the same definitions; without an address of Pulsar it has no servers."""
    topics = [*_topics(definitions, dead_letter_topic)]
    names = _names(topic.topic for topic in topics)
    servers = _servers(pulsar_url, topics) if pulsar_url else {}
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Headrace",
            "version": definitions.fingerprint,
            "description": "Topics of a real-time feature store. The version is the fingerprint of all definitions.",
        },
        "defaultContentType": _JSON,
        **({"servers": servers} if servers else {}),
        "channels": {names[topic.topic]: _channel(topic, names[topic.topic]) for topic in topics},
        "operations": {
            f"{topic.action}_{names[topic.topic]}": _operation(topic, names[topic.topic]) for topic in topics
        },
        "components": {"messages": {names[topic.topic]: _message(topic, names[topic.topic]) for topic in topics}},
    }


def _topics(definitions: Definitions, dead_letter_topic: str) -> Iterator[DocumentedTopic]:
    yield from map(_source_topic, sorted(definitions.sources.values(), key=lambda source: source.topic))
    yield from (_feature_topic(topic, features) for topic, features in definitions.topics().items())
    yield DocumentedTopic(
        dead_letter_topic,
        "send",
        "Events that were rejected or late, and values that were withheld, each with its reason",
        dead_letter_payload(),
        "the name of the source; for a withheld value, the id of the entity",
        {},
    )


def _source_topic(source: Source) -> DocumentedTopic:
    return DocumentedTopic(
        source.topic,
        "receive",
        source.description or f"Events of the source {source.name}",
        event_payload(source),
        "chosen by the producer; events stay in order per entity if its id is the key",
        {"x-headrace-source": source.name, "x-headrace-entities": dict(sorted(source.entities.items()))},
    )


def _feature_topic(topic: str, features: Sequence[Feature]) -> DocumentedTopic:
    facts = {
        feature.feature_name: {
            "version": feature.version,
            "owner": feature.owner,
            "fingerprint": feature.fingerprint,
            "value_type": feature.value_type,
        }
        for feature in features
    }
    entity = features[0].entity_id
    description = f"Rows of features of {entity}: absolute values, one message per row written"
    return DocumentedTopic(
        topic, "send", description, record_payload(topic, features), entity, {"x-headrace-features": facts}
    )


def _channel(topic: DocumentedTopic, name: str) -> dict[str, Any]:
    _, _, _, namespace, _ = topic.topic.split("/")
    return {
        "address": topic.topic,
        "description": topic.description,
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {
            "pulsar": {"namespace": namespace, "persistence": "persistent", "bindingVersion": _BINDING},
        },
    }


def _operation(topic: DocumentedTopic, name: str) -> dict[str, Any]:
    channel = f"#/channels/{name}"
    return {
        "action": topic.action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{name}"}],
    }


def _message(topic: DocumentedTopic, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "contentType": _JSON,
        "description": f"{topic.description}. Key of the message: {topic.key}.",
        "payload": dict(topic.payload),
        "x-headrace-key": topic.key,
        **topic.facts,
    }


def _servers(pulsar_url: str, topics: Iterable[DocumentedTopic]) -> dict[str, Any]:
    """Returns a server per host; with the tenant if all topics share it. Settings refuse an address with a password."""
    scheme, hosts = urlsplit(pulsar_url).scheme, urlsplit(pulsar_url).netloc.split(",")
    tenants = {topic.topic.split("/")[2] for topic in topics}
    tenant = {"bindings": {"pulsar": {"tenant": min(tenants), "bindingVersion": _BINDING}}} if len(tenants) == 1 else {}
    names = ["pulsar"] if len(hosts) == 1 else [f"pulsar-{number}" for number, _ in enumerate(hosts, 1)]
    return {name: {"host": host, "protocol": scheme, **tenant} for name, host in zip(names, hosts, strict=True)}


def _names(topics: Iterable[str]) -> dict[str, str]:
    """Returns the id of each channel: the last part of its topic, with more parts if that is ambiguous."""
    listed = list(topics)
    short = {topic: _id(topic.rsplit("/", 1)[-1]) for topic in listed}
    twice = {name for name in short.values() if list(short.values()).count(name) > 1}
    names = {topic: _id(topic.split("://")[1]) if name in twice else name for topic, name in short.items()}
    return {topic: name if number == 0 else f"{name}_{number}" for topic, name, number in _numbered(names)}


def _numbered(names: Mapping[str, str]) -> Iterator[tuple[str, str, int]]:
    seen = dict[str, int]()
    for topic, name in names.items():
        number = seen.get(name, 0)
        seen[name] = number + 1
        yield topic, name, number


def _id(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", text)
