"""Defines the answer about an entity: one shape for the API, the command line and the Python client."""

from typing import TypedDict, final

from serving.features.entity_features import EntityFeatures, UnreadableEntity
from serving.features.values import Value


@final
class EntityAnswer(TypedDict):
    """The features of an entity.

    The values hold at `as_of` (event time, ms since 1970), which was `age_ms` before the answer. `warming` features
    have not yet seen a whole window; values of `quarantined` features are withheld; `unusable` gives the reason why a
    stored text is not a value. A missing value is None. `deprecated` lists deprecated features, and the requested
    feature set if it is deprecated: `since` (a date), and `use` and `remove_after` if known.
    """

    id: str
    as_of: int
    age_ms: int
    features: dict[str, Value]
    warming: list[str]
    quarantined: list[str]
    unusable: dict[str, str]
    deprecated: dict[str, dict[str, str]]


@final
class UnreadableAnswer(TypedDict):
    """A key in the store that is not an entity, in place of its answer."""

    id: str
    error: str


def answer_of(entity: str, features: EntityFeatures, now_ms: int) -> EntityAnswer:
    """Describes the features of one entity at the time `now_ms`."""
    return {
        "id": entity,
        "as_of": features.as_of_ms,
        "age_ms": now_ms - features.as_of_ms,
        "features": dict(features.values),
        "warming": sorted(features.warming),
        "quarantined": sorted(features.quarantined),
        "unusable": dict(features.unusable),
        "deprecated": {name: deprecation.facts for name, deprecation in features.deprecated.items()},
    }


def answer_in_place(
    entity: str, features: EntityFeatures | UnreadableEntity | None, now_ms: int
) -> EntityAnswer | UnreadableAnswer | None:
    """Describes one entity of many; an unreadable entity does not affect the others."""
    if isinstance(features, UnreadableEntity):
        return {"id": entity, "error": str(features)}
    return None if features is None else answer_of(entity, features, now_ms)
