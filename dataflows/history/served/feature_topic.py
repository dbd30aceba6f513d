"""A feature topic as history reads it: its name, and the features that are asked of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from dataflows.definitions import Feature, polars_type
from dataflows.definitions.fingerprint import digest

ID, TIME = "_id", "_time"
"""Columns of records beside the features: the entity's id as text, and the publish time (ms)."""


@dataclass(frozen=True, slots=True)
class FeatureTopic:
    """A feature topic and some of its features, which are all of one entity type."""

    name: str
    features: tuple[Feature, ...]

    @property
    def entity_id(self) -> str:
        """Whose features they are."""
        return self.features[0].entity_id

    @property
    def stem(self) -> str:
        """How files of it are named."""
        return digest(self.name)

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """The columns of its records."""
        values = {feature.feature_name: polars_type(feature.value_type) for feature in self.features}
        return {ID: pl.String(), TIME: pl.Int64(), **values}


def feature_topics(features: Sequence[Feature]) -> tuple[FeatureTopic, ...]:
    """The topics that hold some features, by name."""
    names = sorted({feature.topic_name for feature in features})
    return tuple(FeatureTopic(name, tuple(f for f in features if f.topic_name == name)) for name in names)
