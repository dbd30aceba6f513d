"""Loads a folder of YAML into frozen models, or reports all mistakes at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from dataflows.definitions import fingerprint
from dataflows.definitions.errors import DefinitionError, DefinitionErrors, UnknownSet
from dataflows.definitions.model.cases import Case
from dataflows.definitions.model.deprecation import Deprecation
from dataflows.definitions.model.feature import Feature, entity_type_of
from dataflows.definitions.model.feature_set import FeatureSet
from dataflows.definitions.model.source import EventTime, Source
from dataflows.definitions.reading.folder import parse_folder
from dataflows.definitions.resolver import resolve

__all__ = [
    "Case",
    "DefinitionError",
    "DefinitionErrors",
    "Definitions",
    "EventTime",
    "Feature",
    "FeatureSet",
    "Source",
    "UnknownSet",
    "load",
]


@dataclass(frozen=True)
class Definitions:
    """All sources by name, all features ordered by name, and all feature sets by name."""

    sources: Mapping[str, Source]
    features: tuple[Feature, ...]
    sets: Mapping[str, FeatureSet] = field(default_factory=dict)

    @cached_property
    def entity_ids(self) -> tuple[str, ...]:
        """Returns the entity ids that have features, sorted."""
        return tuple(sorted({feature.entity_id for feature in self.features}))

    @cached_property
    def entity_types(self) -> Mapping[str, str]:
        """Returns the entity id of each entity type that has features, in the order of `entity_ids`: `user` ->
        `user_id`."""
        return {entity_type_of(entity_id): entity_id for entity_id in self.entity_ids}

    @cached_property
    def fingerprint(self) -> str:
        """Returns the fingerprint of everything that decides values; feature sets are not part of it."""
        return fingerprint.of_all(self.features)

    @cached_property
    def deprecated(self) -> Mapping[str, Deprecation]:
        """Returns the deprecated features and feature sets, by name."""
        named = [(definition.feature_name, definition.deprecated) for definition in self.features]
        named += [(name, definition.deprecated) for name, definition in self.sets.items()]
        return {name: deprecation for name, deprecation in named if deprecation is not None}

    def of_entity(self, entity_id: str) -> tuple[Feature, ...]:
        """Returns the features of an entity, ordered by name."""
        return tuple(feature for feature in self.features if feature.entity_id == entity_id)

    def sources_of(self, name: str) -> tuple[str, ...]:
        """Returns the sources that a feature depends on, directly or through other features, sorted."""
        known = {feature.feature_name: feature for feature in self.features}
        sources, waiting, seen = set[str](), [name], {name}
        while waiting:
            feature = known[waiting.pop()]
            sources |= {feature.source} if feature.source else set()
            waiting += [read for read in feature.reads if read not in seen]
            seen.update(feature.reads)
        return tuple(sorted(sources))

    def feature_set(self, name: str) -> FeatureSet:
        """Returns the feature set of this name. Raises UnknownSet."""
        if name not in self.sets:
            raise UnknownSet(name, self.sets)
        return self.sets[name]

    def topics(self) -> dict[str, tuple[Feature, ...]]:
        """Returns the features on each feature topic."""
        names = sorted({feature.topic_name for feature in self.features})
        return {name: tuple(f for f in self.features if f.topic_name == name) for name in names}


def load(folder: Path, instead: Mapping[Path, bytes] | None = None, *, whole: bool = True) -> Definitions:
    """Loads the definitions of a folder: sources in `sources/`, feature sets in `sets/`, features elsewhere.

    `instead` replaces the content of files. A part of a folder (not `whole`) need not contain the definitions that it
    recommends to readers. Raises DefinitionErrors with all mistakes.

    >>> load(Path("feature_specs")).of_entity("user_id")[0].entity_type
    'user'
    """
    resolved = resolve(parse_folder(folder, instead or {}), whole=whole)
    if resolved.errors:
        raise DefinitionErrors(resolved.errors)
    return Definitions(resolved.sources, tuple(resolved.features.values()), resolved.sets)
