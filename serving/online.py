"""Features as a model reads them: one or many entities from the online store, as values of their declared types."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import redis

from connectors.redis import entity_key, fields_of
from dataflows.spec import Definitions, Feature
from serving.values import Value, typed

SUFFIX = "_id"


class UnknownEntityType(LookupError):
    """No definition has this entity type; says which there are."""

    def __init__(self, entity_type: str, known: Sequence[str]) -> None:
        self.known = tuple(known)
        super().__init__(f"no entity type {entity_type!r}; there are {', '.join(known) or 'none'}")


class UnknownFeature(LookupError):
    """The entity type has no such feature."""


class UnreadableEntity(Exception):
    """An entity in the store whose fields are not what the definitions say: a defect, or another writer."""


@dataclass(frozen=True, slots=True)
class Served:
    """What the online store holds of one entity: values by feature, None where there is none.

    `as_of_ms` is the moment the values are true for (event time). Of `warming` features not a whole window was seen
    yet, the values of `quarantined` ones broke a rule and are kept back.
    """

    key: str
    as_of_ms: int
    values: Mapping[str, Value]
    warming: frozenset[str]
    quarantined: frozenset[str]


class FeatureClient:
    """Reads features by their definitions. Raises redis.RedisError where the store is not reachable.

    client = FeatureClient(redis.Redis(), load(Path("feature_specs")))
    client.one("user", "u42").values["user_spend_1h"]  # 12.5
    """

    def __init__(self, store: redis.Redis, definitions: Definitions, prefix: str = "headrace") -> None:
        self._store, self._prefix = store, prefix
        self._features = {
            entity_id.removesuffix(SUFFIX): definitions.of_entity(entity_id) for entity_id in definitions.entity_ids
        }

    @property
    def entity_types(self) -> tuple[str, ...]:
        """Those that have features, ordered."""
        return tuple(self._features)

    def features(self, entity_type: str) -> tuple[Feature, ...]:
        """The features of an entity type, by name. Raises UnknownEntityType."""
        if entity_type not in self._features:
            raise UnknownEntityType(entity_type, self.entity_types)
        return self._features[entity_type]

    def one(self, entity_type: str, entity: str) -> Served | None:
        """One entity, None where nothing is known of it. Raises UnknownEntityType."""
        return self.many(entity_type, [entity])[0]

    def many(
        self, entity_type: str, entities: Sequence[str], wanted: Sequence[str] | None = None
    ) -> list[Served | None]:
        """Entities in the order asked for, in one round trip; with `wanted` only these features.

        Raises UnknownEntityType, UnknownFeature, UnreadableEntity.
        """
        features = self._wanted(entity_type, wanted)
        keys = [entity_key(self._prefix, entity_type, entity) for entity in entities]
        with self._store.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.hgetall(key)
            found: list[Any] = pipeline.execute()
        return [_served(key, fields_of(raw), features) for key, raw in zip(keys, found, strict=True)]

    def _wanted(self, entity_type: str, wanted: Sequence[str] | None) -> tuple[Feature, ...]:
        features = self.features(entity_type)
        if wanted is None:
            return features
        known = {feature.feature_name: feature for feature in features}
        if unknown := [name for name in wanted if name not in known]:
            raise UnknownFeature(f"{entity_type} has no feature {', '.join(map(repr, unknown))}")
        return tuple(known[name] for name in wanted)


def _served(key: str, fields: Mapping[str, str], features: Sequence[Feature]) -> Served | None:
    if not fields:
        return None
    return Served(
        key=key,
        as_of_ms=_as_of(key, fields),
        values={each.feature_name: _value(key, fields, each) for each in features},
        warming=_names(fields.get("_warming")),
        quarantined=_names(fields.get("_quarantined")),
    )


def _as_of(key: str, fields: Mapping[str, str]) -> int:
    try:
        return int(fields["_as_of"])
    except (KeyError, ValueError):
        found = fields.get("_as_of")
        raise UnreadableEntity(f"{key}: _as_of is {found!r}, ms since 1970 are expected; who else writes it?") from None


def _value(key: str, fields: Mapping[str, str], feature: Feature) -> Value:
    text = fields.get(feature.feature_name)
    try:
        return typed(text, feature.value_type)
    except ValueError:
        name, kind = feature.feature_name, feature.value_type
        raise UnreadableEntity(f"{key}: {name} is {text!r:.200}, {kind} is expected; was its type changed?") from None


def _names(text: str | None) -> frozenset[str]:
    return frozenset(text.split(",")) if text else frozenset()
