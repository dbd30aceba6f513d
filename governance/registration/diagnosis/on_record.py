"""Asks the registry and the schemas of the broker."""

import json
from collections.abc import Mapping
from typing import Any

from connectors.pulsar import PulsarConnection, SchemaVersions
from dataflows.definitions import Definitions
from dataflows.definitions.fingerprint import digest
from dataflows.runtime.settings import Settings
from governance.registration.diagnosis.place import Verdicts, compared
from governance.registration.registry import registry_of
from governance.registration.registry.registered import documented


def in_registry(settings: Settings, definitions: Definitions) -> Verdicts:
    """Compares all keys of all definitions. Returns nothing if none was ever registered, and there is no broker."""
    registered = registry_of(settings).read()
    if not registered.revision and settings.pulsar_url is None:
        return {}
    wanted = {key: digest(written) for key, written in documented(definitions).items()}
    return compared(wanted, {key: digest(entry.written) for key, entry in registered.entries.items()})


def in_schemas(connection: PulsarConnection, definitions: Definitions) -> Verdicts:
    """Returns the fingerprint of each feature in the newest schema of its topic."""
    broker = SchemaVersions(connection)
    schemas = {topic: _newest(broker, topic) for topic in definitions.topics()}
    wanted = {f"feature/{feature.feature_name}": feature.fingerprint for feature in definitions.features}
    named = {
        f"feature/{feature.feature_name}": properties[name]
        for feature in definitions.features
        if (name := f"{feature.feature_name}.fingerprint") in (properties := schemas[feature.topic_name])
    }
    return compared(wanted, named)


def _newest(broker: SchemaVersions, topic: str) -> Mapping[str, Any]:
    versions = broker.all(topic)
    schema = json.loads(versions[-1].definition or "{}") if versions else {}
    return dict(schema.get("properties") or {}) if isinstance(schema, dict) else {}
