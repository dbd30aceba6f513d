"""Models a feature set: the features that a model reads together, and who reads them."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field

from dataflows.definitions.model.deprecation import Deprecation
from dataflows.definitions.model.feature import MOST_TAGS, MOST_VERSION, Feature
from dataflows.definitions.model.fields import Email, Listed, Matching, Model, Name, Text, Word, once

Reference = Annotated[
    Text, Matching(r"^.*[^/\\]\.parquet$", "the path or the URL of a Parquet file, such as train.parquet")
]


class Consumer(Model):
    """A reader of a feature set, and whom to tell before the set changes."""

    name: Annotated[Word, Field(description="Name of the model or the service that reads the set.")]
    owner: Annotated[Email, Field(description="E-mail address of the owner of the consumer.")]


class FeatureSetMetadata(Model):
    """Identity and ownership of a feature set, shared by its file and the loaded definition."""

    set_name: Annotated[Name, Field(description="Name of the feature set, unique over all definitions.")]
    version: Annotated[int, Field(ge=1, le=MOST_VERSION, description="Version; raise it when the features change.")]
    owner: Annotated[Email, Field(description="E-mail address of the owner.")]
    description: Annotated[Text, Field(description="Purpose of the set, for its users.")]
    consumers: Annotated[tuple[Consumer, ...], Listed, Field(description="Models and services that read the set.")] = ()
    tags: Annotated[
        tuple[Word, ...], Listed, AfterValidator(once), Field(description="Search terms.", max_length=MOST_TAGS)
    ] = ()
    deprecated: Annotated[
        Deprecation | None, Field(description="When the set was deprecated, and what to read instead.")
    ] = None
    protected: Annotated[
        bool, Field(description="Whether a plan refuses to change what the set and all its inputs give to readers.")
    ] = False
    reference: Annotated[
        Reference | None, Field(description="Data set with which the served values are compared (Parquet).")
    ] = None


class FeatureSetSpec(FeatureSetMetadata):
    """A feature set file of feature_specs/sets."""

    features: Annotated[
        tuple[str, ...],
        Listed,
        Field(min_length=1, description="Names of the features, of any entity, in the order in which they are read."),
    ]


class FeatureSet(FeatureSetMetadata):
    """A feature set ready to use; `features` are in the order of its file."""

    features: tuple[Feature, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Returns the names of its features."""
        return tuple(feature.feature_name for feature in self.features)

    @property
    def entity_ids(self) -> tuple[str, ...]:
        """Returns the entity ids of its features, sorted."""
        return tuple(sorted({feature.entity_id for feature in self.features}))

    def of_entity(self, entity_id: str) -> tuple[Feature, ...]:
        """Returns its features of an entity; empty if it has none."""
        return tuple(feature for feature in self.features if feature.entity_id == entity_id)


def feature_set_of(spec: FeatureSetSpec, features: Iterable[Feature]) -> FeatureSet:
    """Builds the feature set of a file from its features."""
    metadata = {name: getattr(spec, name) for name in FeatureSetMetadata.model_fields}
    return FeatureSet(**metadata, features=tuple(features))
