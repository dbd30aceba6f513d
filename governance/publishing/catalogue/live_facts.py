"""Reads the current state of features from a store: the newest quality reports, and a few served values without ids."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import redis

from dataflows.definitions import Feature
from reports import formats
from reports.rendering import Row
from serving.context import ServingContext
from serving.features.entity_features import EntityFeatures
from serving.pages import ValueNow, values_now

MOST_ENTITIES, MOST_LOOKS, LOOK_KEYS = 5, 100, 1_000
"""Most entities whose values are shown; how often the store is scanned for them, and for how many keys."""


@dataclass(frozen=True, slots=True)
class FeatureNow:
    """The current state of a feature: its report, statistics in words, and values of a few entities."""

    row: Row | None
    values: Sequence[ValueNow]
    samples: tuple[str, ...]


def features_now(context: ServingContext) -> Mapping[str, FeatureNow]:
    """Returns every feature's current state. Raises redis.RedisError and UnreadableReport."""
    reports = {report.subject.feature: report for report in context.live_reports().settled_features()}
    samples = _samples(context)
    return {
        name: FeatureNow(
            Row(reports[name]) if name in reports else None,
            values_now(reports[name]) if name in reports else (),
            samples.get(name, ()),
        )
        for name in context.names
    }


def _samples(context: ServingContext) -> dict[str, tuple[str, ...]]:
    samples: dict[str, tuple[str, ...]] = {}
    for entity_type in context.entity_types:
        features, served = context.features.selected(entity_type), _entities(context, entity_type)
        samples |= {feature.feature_name: _values(feature, served) for feature in features}
    return samples


def _entities(context: ServingContext, entity_type: str) -> list[EntityFeatures]:
    prefix = f"{context.settings.redis_prefix}:{entity_type}:"
    ids = sorted(key.decode(errors="replace").removeprefix(prefix) for key in _keys(context.redis, prefix))
    entities = context.features.read_entities(entity_type, ids[:MOST_ENTITIES]) if ids else []
    return [entity for entity in entities if isinstance(entity, EntityFeatures)]


def _keys(client: redis.Redis, prefix: str) -> Iterator[bytes]:
    """Yields keys from a bounded number of scans, until there are enough."""
    cursor, seen = 0, 0
    for _ in range(MOST_LOOKS):
        cursor, keys = cast("tuple[int, list[bytes]]", client.scan(cursor, match=f"{prefix}*", count=LOOK_KEYS))
        yield from keys
        seen += len(keys)
        if cursor == 0 or seen >= MOST_ENTITIES:
            return


def _values(feature: Feature, served: Sequence[EntityFeatures]) -> tuple[str, ...]:
    """Returns the distinct values, sorted, without ids."""
    values = (entity.values.get(feature.feature_name) for entity in served)
    return tuple(sorted({formats.stored(value, feature.value_type) for value in values if value is not None}))
