"""The registry as one JSON document: definitions as they were loaded, with fingerprints, without their tests.

It is enough to compare with and to fold by: nothing of the files that were loaded is needed.
"""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from connectors.errors import HeadraceError
from dataflows.definitions import Definitions, Feature, FeatureSet, Source, durations

FORMAT = 1


class InvalidRegistry(HeadraceError, ValueError):
    """A document that is no registry, or one of a later version."""


def document_of(definitions: Definitions) -> bytes:
    """Definitions as a document, the same bytes for the same definitions.

    >>> document_of(Definitions({}, ())).decode().splitlines()[1]
    '  "headrace_registry": 1,'
    """
    document = {
        "headrace_registry": FORMAT,
        "sources": {name: source.model_dump(mode="json") for name, source in sorted(definitions.sources.items())},
        "features": {feature.feature_name: _feature(feature) for feature in definitions.features},
        "sets": {name: _set(feature_set) for name, feature_set in sorted(definitions.sets.items())},
    }
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def definitions_in(payload: bytes) -> Definitions:
    """The definitions of a document. Raises InvalidRegistry."""
    try:
        document = json.loads(payload)
        if not isinstance(document, dict) or document.get("headrace_registry") != FORMAT:
            raise InvalidRegistry(_other_format(document))
        return _definitions(document)
    except (ValidationError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, InvalidRegistry):
            raise
        raise InvalidRegistry(f"the registry is damaged: {_first_line(error)}") from error


def _definitions(document: Mapping[str, Any]) -> Definitions:
    sources = {name: Source.model_validate_json(json.dumps(each)) for name, each in document["sources"].items()}
    features = {name: Feature.model_validate_json(json.dumps(each)) for name, each in document["features"].items()}
    sets = {name: _set_of(written, features) for name, written in document["sets"].items()}
    return Definitions(sources, tuple(features[name] for name in sorted(features)), sets)


def _feature(feature: Feature) -> dict[str, Any]:
    written = feature.model_dump(mode="json", exclude={"tests"})
    return {**written, "validation_rules": list(map(_rule, written["validation_rules"])), "tests": []}


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule with its duration as it is written in a definition."""
    return {**rule, "duration": durations.format(rule["duration"])} if "duration" in rule else dict(rule)


def _set(feature_set: FeatureSet) -> dict[str, Any]:
    return {**feature_set.model_dump(mode="json", exclude={"features"}), "features": list(feature_set.names)}


def _set_of(written: Mapping[str, Any], features: Mapping[str, Feature]) -> FeatureSet:
    members = [_feature(features[name]) for name in written["features"]]
    return FeatureSet.model_validate_json(json.dumps({**written, "features": members}))


def _other_format(document: object) -> str:
    if isinstance(document, dict) and isinstance(document.get("headrace_registry"), int):
        return f"the registry has format {document['headrace_registry']}; this version reads format {FORMAT}"
    return "this is no registry: expected the JSON document that `headrace registry export` writes"


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
