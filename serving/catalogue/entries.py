"""Lists every feature, feature set and source with its search words."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from dataflows.definitions import ColumnOrigins, Definitions, Feature, FeatureSet, Source, durations

EntryKind = Literal["feature", "set", "source"]
KINDS: tuple[EntryKind, ...] = ("feature", "set", "source")


@dataclass(frozen=True)
class CatalogueEntry:
    """A definition in a list; missing facts are empty texts. `related` are further names for the search."""

    kind: EntryKind
    name: str
    description: str
    owner: str = ""
    version: str = ""
    tags: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    value_type: str = ""
    window: str = ""
    related: tuple[str, ...] = ()

    @cached_property
    def words(self) -> str:
        """Returns everything that a search looks in, in lower case."""
        own = (self.name, self.kind, self.description, self.owner, self.value_type, self.window)
        return " ".join(filter(None, (*own, *self.tags, *self.entities, *self.related))).lower()


def catalogue_entries(definitions: Definitions) -> tuple[CatalogueEntry, ...]:
    """Returns features, then sets, then sources, each by name."""
    return tuple(_entries(definitions))


def _entries(definitions: Definitions) -> Iterator[CatalogueEntry]:
    origins = ColumnOrigins(definitions)
    yield from (_of_feature(feature, origins) for feature in definitions.features)
    yield from (_of_set(definitions.sets[name]) for name in sorted(definitions.sets))
    yield from (_of_source(definitions.sources[name]) for name in sorted(definitions.sources))


def _of_feature(feature: Feature, origins: ColumnOrigins) -> CatalogueEntry:
    uses = origins.own(feature.feature_name)
    related = {*feature.reads, *(use.source for use in uses), *(use.column for use in uses), feature.aggregation or ""}
    return CatalogueEntry(
        "feature",
        feature.feature_name,
        feature.description,
        feature.owner,
        str(feature.version),
        (*feature.tags, *standing(feature)),
        (feature.entity_type,),
        feature.value_type,
        window_words(feature),
        tuple(sorted(related - {""})),
    )


def window_words(feature: Feature) -> str:
    """Words how far back a feature looks; empty for a derived one.

    A window is formatted as in a definition, and so is `lifetime`.
    """
    if feature.expression is not None:
        return ""
    return durations.format(feature.window_ms) if feature.window_ms else "lifetime"


def standing(definition: Feature | FeatureSet) -> Iterator[str]:
    """Yields the states of a definition beside its tags: deprecated, protected."""
    if definition.deprecated:
        yield "deprecated"
    if definition.protected:
        yield "protected"


def _of_set(feature_set: FeatureSet) -> CatalogueEntry:
    consumers = (consumer.name for consumer in feature_set.consumers)
    return CatalogueEntry(
        "set",
        feature_set.set_name,
        feature_set.description,
        feature_set.owner,
        str(feature_set.version),
        (*feature_set.tags, *standing(feature_set)),
        tuple(entity_id.removesuffix("_id") for entity_id in feature_set.entity_ids),
        related=(*feature_set.names, *consumers),
    )


def _of_source(source: Source) -> CatalogueEntry:
    entities = tuple(sorted(entity_id.removesuffix("_id") for entity_id in source.entities))
    return CatalogueEntry(
        "source", source.name, source.description, entities=entities, related=(source.topic, *source.columns)
    )
