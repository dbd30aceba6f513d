"""Profiles the rows of entities: each row is an entity with its value after its last event of an interval."""

from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from dataflows.definitions import Feature
from dataflows.quality.profiling.entity_rows import broken_mark, nulled_marks, since_mark, withheld_mark
from dataflows.quality.subjects import empty_profile
from dataflows.rows import words_of
from reports.profiling import Profile
from reports.records import Sample

SHOWN = 20
"""Samples per rule."""


def profiles_of(rows: pl.DataFrame, features: Iterable[Feature]) -> Mapping[str, Profile]:
    """Profiles each feature over rows of one entity type and interval with their marks; one row per entity."""
    warming = _warming(rows["_warming"])
    return {feature.feature_name: _profile(rows, feature, warming.get(feature.feature_name, 0)) for feature in features}


def profile_of(rows: pl.DataFrame, feature: Feature) -> Profile:
    """Profiles one feature."""
    return profiles_of(rows, [feature])[feature.feature_name]


def _profile(rows: pl.DataFrame, feature: Feature, warming: int) -> Profile:
    name, profile = feature.feature_name, empty_profile(feature)
    places = range(len(feature.validation_rules))
    profile.add(rows[name], [_marks(rows, broken_mark(name, place)) for place in places], warming)
    profile.add_samples(_samples(rows, feature))
    profile.add_nulled({why: many for mark, why in nulled_marks(rows, name) if (many := _marks(rows, mark))})
    if warming and since_mark(name) in rows.columns:
        profile.note_since(int(rows[since_mark(name)].drop_nulls().to_numpy().max()))
    return profile


def _marks(rows: pl.DataFrame, mark: str) -> int:
    """Counts the rows with a mark."""
    return int(rows[mark].sum() or 0) if mark in rows.columns else 0


def _samples(rows: pl.DataFrame, feature: Feature) -> Iterator[Sample]:
    """Yields the newest rows that broke each rule, with the values that broke it."""
    name = feature.feature_name
    for place, rule in enumerate(feature.validation_rules):
        mark = broken_mark(name, place)
        if mark in rows.columns:
            few = rows.lazy().filter(pl.col(mark)).select("_id", "_as_of", _checked_value(rows, name))
            for entity, at_ms, value in few.sort("_as_of", "_id").tail(SHOWN).collect().iter_rows():
                yield Sample(entity=entity, value=str(value), at_ms=at_ms, reason=words_of(rule))


def _checked_value(rows: pl.DataFrame, name: str) -> pl.Expr:
    """Returns the value that a rule checked, before it was withheld."""
    mark = withheld_mark(name)
    return pl.coalesce(mark, name).alias(name) if mark in rows.columns else pl.col(name)


def _warming(names: pl.Series) -> dict[str, int]:
    """Counts the warming rows of each feature."""
    counts: dict[str, int] = {}
    if names.null_count() < len(names):
        for together, rows in names.drop_nulls().value_counts().iter_rows():
            for name in together.split(","):
                counts[name] = counts.get(name, 0) + rows
    return counts
