"""Reads the features of one or many entities as values of their declared types."""

from collections.abc import Mapping, Sequence
from typing import Any

import redis

from connectors.redis import entity_key, fields_of
from dataflows.definitions import Definitions, Deprecation, Feature
from serving.features.entity_features import EntityFeatures, UnreadableEntity
from serving.features.provenance import OTHER, Provenance
from serving.features.renamed_fields import under_new_names
from serving.features.selection import FeatureSelector
from serving.features.values import Value, typed


class FeatureReader:
    """Reads features by their definitions. Raises redis.RedisError if the store is not reachable.

    reader = FeatureReader(redis.Redis(), load(Path("feature_specs")))
    reader.read_entity("user", "u42").values["user_spend_1h"]  # 12.5
    """

    def __init__(self, store: redis.Redis, definitions: Definitions, prefix: str = "headrace") -> None:
        self._store, self._prefix = store, prefix
        self._provenance = Provenance(store, definitions, prefix)
        self._selector = FeatureSelector(definitions)
        self._deprecations = definitions.deprecated

    def selected(
        self, entity_type: str, wanted: Sequence[str] | None = None, set_name: str | None = None
    ) -> tuple[Feature, ...]:
        """Returns the features that a request selects. Raises SelectionError, UnknownSet."""
        return self._selector.of(entity_type, wanted, set_name)

    def read_entity(self, entity_type: str, entity: str, set_name: str | None = None) -> EntityFeatures | None:
        """Reads one entity; None if it is not in the store. Raises SelectionError, UnknownSet, UnreadableEntity."""
        features = self.read_entities(entity_type, [entity], None, set_name)[0]
        if isinstance(features, UnreadableEntity):
            raise features
        return features

    def read_entities(
        self,
        entity_type: str,
        entities: Sequence[str],
        wanted: Sequence[str] | None = None,
        set_name: str | None = None,
    ) -> list[EntityFeatures | UnreadableEntity | None]:
        """Reads entities in the order requested, in one round trip; `wanted` or a set selects features.

        An unreadable entity is returned as an error in its place. Raises SelectionError, UnknownSet.
        """
        features = self.selected(entity_type, wanted, set_name)
        keys = [entity_key(self._prefix, entity_type, entity) for entity in entities]
        hashes = [_hash(key, answer) for key, answer in zip(keys, self._answers(keys), strict=True)]
        self._provenance.learn(entity_type, (fields.get("_spec", "") for fields in hashes if isinstance(fields, dict)))
        told = self._deprecated(features, set_name)
        return [self._read(entity_type, key, fields, features, told) for key, fields in zip(keys, hashes, strict=True)]

    def _deprecated(self, features: Sequence[Feature], set_name: str | None) -> dict[str, Deprecation]:
        """Returns the deprecated definitions of a request."""
        if not (known := self._deprecations):
            return {}
        asked = {feature.feature_name for feature in features} | {set_name}
        return {name: known[name] for name in known if name in asked}

    def _answers(self, keys: Sequence[str]) -> list[Any]:
        with self._store.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.hgetall(key)
            answers: list[Any] = pipeline.execute(raise_on_error=False)
        return answers

    def _read(
        self,
        entity_type: str,
        key: str,
        found: "dict[str, str] | UnreadableEntity",
        features: Sequence[Feature],
        deprecated: Mapping[str, Deprecation],
    ) -> EntityFeatures | UnreadableEntity | None:
        if not isinstance(found, dict):
            return found
        others = self._provenance.others(entity_type, found.get("_spec", ""), features)
        if others:
            changed = [feature for feature in features if feature.feature_name in others]
            renamed = self._provenance.renamed(entity_type, found["_spec"], changed)
            found, others = under_new_names(found, renamed), others - renamed.keys()
        return _served(key, found, features, others, deprecated)


def _hash(key: str, answer: Any) -> dict[str, str] | UnreadableEntity:
    """Returns the fields of an entity. Raises an error of the server that does not concern this key alone."""
    if isinstance(answer, redis.ResponseError) and "WRONGTYPE" in str(answer):
        return UnreadableEntity(f"{key}: not an entity; expected a hash; does another program write this key?")
    if isinstance(answer, Exception):
        raise answer
    return fields_of(answer)


def _served(
    key: str,
    fields: Mapping[str, str],
    features: Sequence[Feature],
    fields_of_others: frozenset[str],
    deprecated: Mapping[str, Deprecation],
) -> EntityFeatures | UnreadableEntity | None:
    if not fields:
        return None
    try:
        as_of_ms = typed(fields["_as_of"], "INT64")
    except (KeyError, ValueError):
        as_of = fields.get("_as_of")
        return UnreadableEntity(
            f"{key}: _as_of is {as_of!r:.60}; expected ms since 1970; does another program write this key?"
        )
    values, unusable = _values(fields, features, fields_of_others)
    return EntityFeatures(
        key=key,
        as_of_ms=as_of_ms if isinstance(as_of_ms, int) else 0,
        values=values,
        warming=_names(fields.get("_warming")) & values.keys(),
        quarantined=_names(fields.get("_quarantined")) & values.keys(),
        unusable=unusable,
        deprecated=deprecated,
    )


def _values(
    fields: Mapping[str, str], features: Sequence[Feature], others: frozenset[str]
) -> tuple[dict[str, Value], dict[str, str]]:
    """Returns the values by feature, and the reasons for those that are unusable."""
    values: dict[str, Value] = {}
    unusable: dict[str, str] = {}
    for name, text, kind in (
        (feature.feature_name, fields.get(feature.feature_name), feature.value_type) for feature in features
    ):
        values[name] = None
        if name in others:
            unusable[name] = OTHER
            continue
        try:
            values[name] = typed(text, kind)
        except ValueError:
            unusable[name] = (
                f"{text!r:.60} is not a valid {kind}: it was written by another definition or another program"
            )
    return values, unusable


def _names(text: str | None) -> frozenset[str]:
    return frozenset(text.split(",")) if text else frozenset()
