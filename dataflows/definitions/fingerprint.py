"""Fingerprints hash everything that decides a feature's value; owners, descriptions and rules are not part of it."""

import hashlib
import json
from collections.abc import Iterable, Mapping

from dataflows.definitions.model.feature import Feature
from dataflows.definitions.model.source import SourceSpec

LENGTH = 16


def of_aggregated(feature: Mapping[str, object], source: SourceSpec, key: str) -> str:
    """Returns the fingerprint of an aggregated feature: its own keys, what it takes from its source, the entity's
    column."""
    origin = {
        "name": source.source,
        "columns": source.columns,
        "event_time": source.event_time.model_dump(),
        "key": key,
    }
    return digest({**feature, "source": origin})


def of_derived(feature: Mapping[str, object], inputs: Mapping[str, str]) -> str:
    """Returns the fingerprint of a derived feature: its own keys and the fingerprints of the features it reads."""
    return digest({**feature, "inputs": dict(inputs)})


def of_all(features: Iterable[Feature]) -> str:
    """Returns the fingerprint of a set of definitions."""
    return digest({feature.feature_name: feature.fingerprint for feature in features})


def digest(value: object) -> str:
    """Returns the first 16 hex digits of the SHA-256 of a value's canonical JSON.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]
