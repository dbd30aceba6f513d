"""Applies validation rules to feature rows: counts and samples violations, and withholds quarantined values.

A null breaks only `not_null`, NaN breaks every range; rows of entities that are gone are not checked. Rows that are
warming up are checked like all others. A value derived from a withheld value is withheld too.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from dataflows.definitions import (
    AllowedValues,
    Feature,
    Length,
    MaxAge,
    Monotonic,
    NotNull,
    Range,
    Regex,
    Rule,
    element_type,
    polars_type,
)
from dataflows.kernels.arrays import Bools, Ints
from dataflows.metrics import VIOLATIONS
from dataflows.rows.assembler import FeatureRows
from dataflows.rows.last_values import LastValues
from dataflows.rows.rule_words import identity_of, words_of
from dataflows.windows import Now
from reports.records import Sample

SHOWN = 5
"""Samples per rule and batch."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A value that is withheld from readers."""

    feature: Feature
    rule: str
    sample: Sample


@dataclass(frozen=True, slots=True)
class ValidatedRows:
    """Rows without quarantined values; by feature, the rows that broke each of its rules, and sample values.

    A feature whose rules held is in neither mapping. `unwithheld` are the rows with the quarantined values, None if
    there are none.
    """

    rows: FeatureRows
    broken: Mapping[str, tuple[Ints, ...]]
    samples: Mapping[str, tuple[Sample, ...]]
    quarantined: tuple[Quarantined, ...]
    unwithheld: pl.DataFrame | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Check:
    """One rule of one feature."""

    feature: Feature
    place: int
    rule: Rule
    words: str

    @property
    def column(self) -> str:
        return f"{self.feature.feature_name}:{self.place}"


class RowValidator:
    """Applies the rules of all features of one entity type; `now` is the clock of `max_age`.

    Without `now`, in a replay, a row is checked at its own time and none is too old.
    """

    def __init__(self, features: Sequence[Feature], now: Now | None) -> None:
        self._now = now
        self._checks = [
            _Check(feature, place, rule, words_of(rule))
            for feature in features
            for place, rule in enumerate(feature.validation_rules)
        ]
        self._previous = {check.column: LastValues() for check in self._checks if isinstance(check.rule, Monotonic)}
        self._readers = {feature.feature_name: _readers(feature.feature_name, features) for feature in features}
        self._expressions = {
            check.column: (expression & ~pl.col("_gone")).fill_null(False).alias(check.column)
            for check in self._checks
            if (expression := _expression(check)) is not None
        }

    def __call__(self, rows: FeatureRows) -> ValidatedRows:
        """Returns the validated rows."""
        broken = {check: violating for check, mask in self._masks(rows.frame) if len(violating := np.flatnonzero(mask))}
        for check, violating in broken.items():
            VIOLATIONS.labels(check.feature.feature_name, check.words).inc(len(violating))
        kept_back = {check: violating for check, violating in broken.items() if check.rule.on_violation == "quarantine"}
        return ValidatedRows(
            rows=self._without(rows, kept_back) if kept_back else rows,
            broken=_by_feature(broken),
            samples=_samples_by_feature(rows.frame, broken),
            quarantined=tuple(_quarantined(rows.frame, kept_back)),
            unwithheld=rows.frame if kept_back else None,
        )

    def _masks(self, frame: pl.DataFrame) -> Iterator[tuple[_Check, Bools]]:
        results = frame.select_seq(self._expressions.values()) if self._expressions else None
        for check in self._checks:
            if results is not None and check.column in self._expressions:
                if results[check.column].any():
                    yield check, results[check.column].to_numpy()
            elif isinstance(check.rule, MaxAge):
                yield check, self._too_old(frame, check.feature.feature_name, check.rule)
            elif isinstance(check.rule, Monotonic):
                yield check, self._previous[check.column].broken(frame, check.feature.feature_name, check.rule)

    def _too_old(self, frame: pl.DataFrame, feature: str, rule: MaxAge) -> Bools:
        if self._now is None:
            return np.zeros(len(frame), np.bool_)
        times, now = frame["_as_of"].to_numpy(), self._now()
        exist: Bools = (frame[feature].is_not_null() & ~frame["_gone"]).to_numpy()
        return (times < now - rule.max_age_ms) & exist

    def _without(self, rows: FeatureRows, kept_back: Mapping[_Check, Ints]) -> FeatureRows:
        """Removes the values that broke these checks, and the values derived from them."""
        nulled: dict[str, Bools] = {}
        for check, violating in kept_back.items():
            for name in self._readers[check.feature.feature_name]:
                nulled.setdefault(name, np.zeros(len(rows.frame), np.bool_))[violating] = True
        names = _joined(nulled, len(rows.frame))
        columns = [pl.when(~pl.Series(mask)).then(pl.col(name)).alias(name) for name, mask in nulled.items()]
        return replace(rows, frame=rows.frame.with_columns(pl.Series("_quarantined", names, pl.String), *columns))


def profiled_as(feature: Feature) -> str:
    """Identifies what a profile of a feature describes, its definition and rules; only equal profiles merge."""
    return "; ".join([feature.fingerprint, *map(identity_of, feature.validation_rules)])


_BROKEN: dict[type[Rule], Callable[[Any, pl.Expr, str], pl.Expr]] = {
    NotNull: lambda rule, value, _: value.is_null(),
    Range: lambda rule, value, value_type: _outside(value, rule.min, rule.max) | _nan(value, value_type),
    AllowedValues: lambda rule, value, value_type: ~value.is_in(pl.lit(_listed(rule.values, value_type))),
    Regex: lambda rule, value, _: ~value.str.contains(rule.whole),
    Length: lambda rule, value, value_type: _outside(_length(value, value_type), rule.min, rule.max),
}
"""Rules that a row breaks by itself; the others need the row times (`max_age`), the previous row (`monotonic`) or a
closed interval (`unique_ratio`)."""


def _expression(check: _Check) -> pl.Expr | None:
    broken = _BROKEN.get(type(check.rule))
    feature = check.feature
    return broken and broken(check.rule, pl.col(feature.feature_name), feature.value_type)


def _outside(value: pl.Expr, low: float | None, high: float | None) -> pl.Expr:
    bounds = [value < low] if low is not None else []
    return pl.any_horizontal([*bounds, *([value > high] if high is not None else [])])


def _nan(value: pl.Expr, value_type: str) -> pl.Expr:
    return value.is_nan() if polars_type(value_type).is_float() else pl.lit(False)


def _listed(values: Iterable[object], value_type: str) -> pl.Series:
    """Returns the values as one list of the feature's type."""
    dtype = polars_type(value_type)
    return pl.Series([pl.Series(list(values), dtype=dtype, strict=False)], dtype=pl.List(dtype))


def _length(value: pl.Expr, value_type: str) -> pl.Expr:
    return value.str.len_chars() if element_type(value_type) is None else value.list.len()


def _by_feature(broken: Mapping[_Check, Ints]) -> dict[str, tuple[Ints, ...]]:
    by_feature: dict[str, list[Ints]] = {}
    for check, violating in broken.items():
        none = [np.empty(0, np.int64)] * len(check.feature.validation_rules)
        by_feature.setdefault(check.feature.feature_name, none)[check.place] = violating
    return {name: tuple(by_rule) for name, by_rule in by_feature.items()}


def _samples_by_feature(frame: pl.DataFrame, broken: Mapping[_Check, Ints]) -> dict[str, tuple[Sample, ...]]:
    samples: dict[str, list[Sample]] = {}
    for check, violating in broken.items():
        samples.setdefault(check.feature.feature_name, []).extend(_samples(frame, check, violating[:SHOWN]))
    return {name: tuple(feature_samples) for name, feature_samples in samples.items()}


def _samples(frame: pl.DataFrame, check: _Check, violating: Ints) -> Iterator[Sample]:
    few = frame.select("_id", "_as_of", check.feature.feature_name)[violating]
    for entity, time, value in few.iter_rows():
        yield Sample(entity=entity, value=str(value), at_ms=time, reason=check.words)


def _quarantined(frame: pl.DataFrame, kept_back: Mapping[_Check, Ints]) -> Iterator[Quarantined]:
    for check, violating in kept_back.items():
        for sample in _samples(frame, check, violating):
            yield Quarantined(check.feature, check.words, sample)


def _joined(nulled: Mapping[str, Bools], rows: int) -> list[str | None]:
    """Returns, per row, the names of its quarantined features; None if there are none."""
    names: list[list[str]] = [[] for _ in range(rows)]
    for name in sorted(nulled):
        for row in np.flatnonzero(nulled[name]).tolist():
            names[row].append(name)
    return [",".join(quarantined) or None for quarantined in names]


def _readers(name: str, features: Sequence[Feature]) -> set[str]:
    """Returns a feature and all features derived from it, directly or indirectly."""
    readers, before = {name}, 0
    while len(readers) > before:
        before = len(readers)
        readers |= {feature.feature_name for feature in features if not readers.isdisjoint(feature.reads)}
    return readers
