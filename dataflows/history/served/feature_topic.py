"""Describes a feature topic for history: its name, and its requested features."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from dataflows.definitions import Feature, polars_type
from dataflows.definitions.fingerprint import digest

ID, TIME = "_id", "_time"
"""Columns of records beside the features: the entity's id as text, and the publish time (ms)."""


@dataclass(frozen=True, slots=True)
class FeatureTopic:
    """A feature topic and some of its features, all of one entity type."""

    name: str
    features: tuple[Feature, ...]

    @property
    def entity_id(self) -> str:
        """Returns the entity id of its features."""
        return self.features[0].entity_id

    @property
    def stem(self) -> str:
        """Returns the stem of its file names."""
        return digest(self.name)

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """Returns the columns of its records."""
        values = {feature.feature_name: polars_type(feature.value_type) for feature in self.features}
        return {ID: pl.String(), TIME: pl.Int64(), **values}


def feature_topics(features: Sequence[Feature]) -> tuple[FeatureTopic, ...]:
    """Returns the topics of these features, by name."""
    names = sorted({feature.topic_name for feature in features})
    return tuple(FeatureTopic(name, tuple(f for f in features if f.topic_name == name)) for name in names)
