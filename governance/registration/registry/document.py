"""Encodes the registry as one JSON document: loaded definitions with fingerprints, without their tests.

It suffices for comparing and folding, without the files that were loaded.
"""

import json
from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from pydantic import BaseModel, ValidationError

from connectors.errors import UNDECODABLE, HeadraceError
from dataflows.definitions import Definitions, Feature, FeatureSet, Source, durations

_Model = TypeVar("_Model", bound=BaseModel)

FORMAT = 1
SECTIONS = {"source": "sources", "feature": "features", "set": "sets"}
"""Sections of the document by kind of definition."""


class InvalidRegistry(HeadraceError, ValueError):
    """A document is not a registry, or one of a later version."""


class _Form(msgspec.Struct):
    headrace_registry: int | None = None


class _Document(msgspec.Struct):
    sources: dict[str, msgspec.Raw]
    features: dict[str, msgspec.Raw]
    sets: dict[str, msgspec.Raw]


def document_of(definitions: Definitions) -> bytes:
    """Encodes definitions as a document, the same bytes for the same definitions.

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
    """Decodes the definitions of a document. Raises InvalidRegistry."""
    payload = payload.removeprefix(BOM_UTF8)
    try:
        form = msgspec.json.decode(payload, type=_Form).headrace_registry
        if form != FORMAT:
            raise InvalidRegistry(_other_format(form))
        return _definitions(msgspec.json.decode(payload, type=_Document))
    except UNDECODABLE as error:
        raise InvalidRegistry(f"the registry is damaged: {str(error).splitlines()[0]:.200}") from error


def _definitions(document: _Document) -> Definitions:
    sources = {name: _read(Source, f"source {name}", bytes(text)) for name, text in document.sources.items()}
    features = {name: _read(Feature, f"feature {name}", bytes(text)) for name, text in document.features.items()}
    sets = {name: _set_of(name, text, features) for name, text in document.sets.items()}
    return Definitions(sources, tuple(features[name] for name in sorted(features)), sets)


def _feature(feature: Feature) -> dict[str, Any]:
    written = feature.model_dump(mode="json", exclude={"tests"})
    return {**written, "validation_rules": list(map(_rule, written["validation_rules"])), "tests": []}


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a rule with its duration as written in a definition."""
    return {**rule, "duration": durations.format(rule["duration"])} if "duration" in rule else dict(rule)


def _set(feature_set: FeatureSet) -> dict[str, Any]:
    return {**feature_set.model_dump(mode="json", exclude={"features"}), "features": list(feature_set.names)}


def _set_of(name: str, written: msgspec.Raw, features: Mapping[str, Feature]) -> FeatureSet:
    fields, place = msgspec.json.decode(written, type=dict[str, Any]), f"set {name}"
    named = msgspec.convert(fields.get("features", []), type=list[str])
    if missing := [member for member in named if member not in features]:
        raise InvalidRegistry(f"the registry is damaged: {place} names feature {missing[0]}, which it does not contain")
    members = [_feature(features[member]) for member in named]
    return _read(FeatureSet, place, json.dumps({**fields, "features": members}).encode())


def _read(model: type[_Model], place: str, written: bytes) -> _Model:
    """Decodes a definition. Raises InvalidRegistry with the first key that this version cannot read."""
    try:
        return model.model_validate_json(written)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            raise InvalidRegistry(
                f"the registry was written by a later version of Headrace: {place} has the key {key}, which this "
                "version does not know; hint: install the later version"
            ) from error
        raise InvalidRegistry(f"the registry is damaged: {place}: {key or 'the definition'}: {first['msg']}") from error


def _other_format(form: int | None) -> str:
    if form is None:
        return "not a registry; expected the JSON document that `headrace registry export` writes"
    return f"the registry has format {form}; this version reads format {FORMAT}"
