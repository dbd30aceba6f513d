"""The registry as one JSON document: definitions as they were loaded, with fingerprints, without their tests.

It is enough to compare with and to fold by: nothing of the files that were loaded is needed.
"""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from pydantic import ValidationError

from connectors.errors import HeadraceError
from dataflows.definitions import Definitions, Feature, FeatureSet, Source, durations

FORMAT = 1
SECTIONS = {"source": "sources", "feature": "features", "set": "sets"}
"""Where the definitions of a kind stand."""


class InvalidRegistry(HeadraceError, ValueError):
    """A document that is no registry, or one of a later version."""


class _Form(msgspec.Struct):
    headrace_registry: int | None = None


class _Document(msgspec.Struct):
    sources: dict[str, msgspec.Raw]
    features: dict[str, msgspec.Raw]
    sets: dict[str, msgspec.Raw]


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
        form = msgspec.json.decode(payload, type=_Form).headrace_registry
        if form != FORMAT:
            raise InvalidRegistry(_other_format(form))
        return _definitions(msgspec.json.decode(payload, type=_Document))
    except (msgspec.DecodeError, UnicodeDecodeError, ValidationError, KeyError) as error:
        raise InvalidRegistry(f"the registry is damaged: {str(error).splitlines()[0]:.200}") from error


def _definitions(document: _Document) -> Definitions:
    sources = {name: Source.model_validate_json(bytes(written)) for name, written in document.sources.items()}
    features = {name: Feature.model_validate_json(bytes(written)) for name, written in document.features.items()}
    sets = {name: _set_of(written, features) for name, written in document.sets.items()}
    return Definitions(sources, tuple(features[name] for name in sorted(features)), sets)


def _feature(feature: Feature) -> dict[str, Any]:
    written = feature.model_dump(mode="json", exclude={"tests"})
    return {**written, "validation_rules": list(map(_rule, written["validation_rules"])), "tests": []}


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule with its duration as it is written in a definition."""
    return {**rule, "duration": durations.format(rule["duration"])} if "duration" in rule else dict(rule)


def _set(feature_set: FeatureSet) -> dict[str, Any]:
    return {**feature_set.model_dump(mode="json", exclude={"features"}), "features": list(feature_set.names)}


def _set_of(written: msgspec.Raw, features: Mapping[str, Feature]) -> FeatureSet:
    fields = msgspec.json.decode(written, type=dict[str, Any])
    members = [_feature(features[name]) for name in fields["features"]]
    return FeatureSet.model_validate_json(json.dumps({**fields, "features": members}))


def _other_format(form: int | None) -> str:
    if form is None:
        return "this is no registry: expected the JSON document that `headrace registry export` writes"
    return f"the registry has format {form}; this version reads format {FORMAT}"
