"""Joins definitions before and after into one set, so that one pass over the events folds both.

Equal parts exist once: a source that is decoded alike, a feature that is folded alike. Tiles are shared further,
partial by partial. Only features that fold events are in it; derived ones are evaluated on each side.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from dataflows.definitions import Definitions, Feature, Source
from dataflows.history import part_of
from governance.changes.comparison.sides.compared import ComparedFeature

BEFORE_MARK = "@before"
"""Suffix of a source or feature that differs before the change; no name contains it."""
_DECIDES = ("format", "columns", "required", "event_time", "entities", "unknown_fields", "max_future_ms")
"""Fields of a source that decide which events are taken, and their content."""


@dataclass(frozen=True, slots=True)
class ComparedSide:
    """The compared features of one side with those that they read, and their names in the joint definitions."""

    features: tuple[Feature, ...] = ()
    joint_names: Mapping[str, str] = field(default_factory=dict)

    def of_entity(self, entity_id: str) -> tuple[Feature, ...]:
        """Returns the features of an entity."""
        return tuple(feature for feature in self.features if feature.entity_id == entity_id)


@dataclass(frozen=True, slots=True)
class JointDefinitions:
    """The definitions to fold, for both sides; topics are those of the sources before the change."""

    definitions: Definitions
    before: ComparedSide
    after: ComparedSide


def origin_of(name: str) -> str:
    """Returns the name in the definitions.

    >>> origin_of("orders@before")
    'orders'
    """
    return name.removesuffix(BEFORE_MARK)


def joint_definitions(before: Definitions, after: Definitions, compared: Sequence[ComparedFeature]) -> JointDefinitions:
    """Returns the definitions that fold both sides of the features."""
    old = part_of(before, [pair.name for pair in compared if pair.before is not None])
    new = part_of(after, [pair.name for pair in compared])
    alike: set[str | None] = {
        name for name in before.sources.keys() & after.sources.keys() if _alike(before, after, name)
    }
    folded = {feature.feature_name: feature for feature in new.features if feature.expression is None}
    joint, joint_names = dict(folded), dict[str, str]()
    for feature in old.features:
        if feature.expression is None:
            same = feature.source in alike and _is_same(feature, folded.get(feature.feature_name))
            joint_names[feature.feature_name] = name = (
                feature.feature_name if same else feature.feature_name + BEFORE_MARK
            )
            joint.setdefault(name, _renamed(feature, name, alike))
    return JointDefinitions(
        Definitions(_sources(before, after, alike), tuple(joint[name] for name in sorted(joint))),
        ComparedSide(old.features, joint_names),
        ComparedSide(new.features, {name: name for name in folded}),
    )


def _alike(before: Definitions, after: Definitions, name: str) -> bool:
    old, new = before.sources[name], after.sources[name]
    return all(getattr(old, key) == getattr(new, key) for key in _DECIDES)


def _is_same(before: Feature, after: Feature | None) -> bool:
    return after is not None and after.fingerprint == before.fingerprint and after.entity_id == before.entity_id


def _renamed(feature: Feature, name: str, alike: Collection[str | None]) -> Feature:
    source = feature.source if feature.source in alike else f"{feature.source}{BEFORE_MARK}"
    return feature.model_copy(update={"feature_name": name, "source": source})


def _sources(before: Definitions, after: Definitions, alike: Collection[str | None]) -> dict[str, Source]:
    """Returns sources that read the same events on both sides: from the topic that holds them now."""
    known = {
        name: source.model_copy(update={"topic": before.sources[name].topic}) if name in before.sources else source
        for name, source in after.sources.items()
    }
    others = {
        f"{name}{BEFORE_MARK}": source.model_copy(update={"name": f"{name}{BEFORE_MARK}"})
        for name, source in before.sources.items()
        if name not in alike
    }
    return known | others
