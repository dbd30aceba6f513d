"""Counts the values of a batch that an expression failed to compute, by feature and reason."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from dataflows.compiler import Selection, selection_of
from dataflows.definitions import Compiled, Feature, Source, compile_expression
from dataflows.kernels.arrays import Bools, Ints
from dataflows.kernels.opcodes import ValueKind
from dataflows.metrics import EXPRESSION_NULLS
from dataflows.null_counts import NulledValues

NOT_FINITE = "not_finite"


@dataclass(frozen=True, slots=True)
class ExpressionColumns:
    """A batch with its evaluated expressions: filter and value columns by SQL text, known entities by key column."""

    frame: pl.DataFrame
    filters: Mapping[str, pl.Series]
    values: Mapping[str, pl.Series]
    foldable: Mapping[str, Bools]
    known: Mapping[str, Bools]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The expressions that can fail for the features of one selection and one key column."""

    selection: Selection
    key: str
    filter: Compiled | None
    value: Compiled | None
    features: tuple[str, ...]


class ExpressionFailures:
    """Counts the failures of one source's expressions for the features that read them."""

    def __init__(self, source: Source, features: Iterable[Feature]) -> None:
        names: dict[tuple[Selection, str], list[str]] = {}
        for feature in features:
            if feature.source == source.name:
                selection_and_key = selection_of(feature), source.entities[feature.entity_id]
                names.setdefault(selection_and_key, []).append(feature.feature_name)
        self._selection_check = [
            _selection_check(source, selection, key, tuple(features_of))
            for (selection, key), features_of in names.items()
        ]

    def __call__(self, columns: ExpressionColumns) -> tuple[NulledValues, ...]:
        """Counts the failures of a batch, by feature and reason."""
        failures = [failure for asked in self._selection_check for failure in _of(asked, columns)]
        for failure in failures:
            EXPRESSION_NULLS.labels(failure.feature, failure.why).inc(failure.values)
        return tuple(failures)


class DerivedFailures:
    """Counts the values of derived features that failed to compute."""

    def __init__(self, derived: Iterable[Feature], types: Mapping[str, str]) -> None:
        compiled = {feature.feature_name: compile_expression(str(feature.expression), types) for feature in derived}
        self._selection_check = {name: value for name, value in compiled.items() if value.failures}

    def __call__(self, frame: pl.DataFrame) -> Iterator[NulledValues]:
        """Counts failures by feature and reason; rows of removed entities are ignored."""
        for name, value in self._selection_check.items():
            if frame[name].null_count():
                failed = value.failed(frame, frame[name].is_null() & ~frame["_gone"])
                yield from (NulledValues.at(name, why, rows) for why, rows in failed.items())


def _selection_check(source: Source, selection: Selection, key: str, features: tuple[str, ...]) -> _Asked:
    fails = compile_expression(selection.filter, source.columns) if selection.filter else None
    value = compile_expression(selection.value, source.columns) if selection.value else None
    return _Asked(selection, key, fails, value, features)


def _of(asked: _Asked, columns: ExpressionColumns) -> Iterator[NulledValues]:
    places: dict[str, list[Ints]] = {}
    for why, rows in (*_of_filter(asked, columns), *_of_value(asked, columns)):
        places.setdefault(why, []).append(rows)
    failed = {why: np.concatenate(rows) for why, rows in places.items()}
    for feature in asked.features:
        yield from (NulledValues.at(feature, why, rows) for why, rows in failed.items())


def _of_filter(asked: _Asked, columns: ExpressionColumns) -> Iterable[tuple[str, Ints]]:
    if asked.filter is None or not asked.filter.failures:
        return ()
    column = columns.filters[str(asked.selection.filter)]
    return _failed(asked, asked.filter, column, columns) if column.null_count() else ()


def _of_value(asked: _Asked, columns: ExpressionColumns) -> Iterator[tuple[str, Ints]]:
    if asked.value is None or (not asked.value.failures and asked.value.kind is not ValueKind.REAL):
        return
    folded = columns.foldable[str(asked.selection.value)]
    if folded.all():
        return
    column = columns.values[str(asked.selection.value)]
    if column.null_count():
        yield from _failed(asked, asked.value, column, columns, asked.selection.filter)
    if asked.value.kind is ValueKind.REAL and len(folded) - np.count_nonzero(folded) > column.null_count():
        infinite = np.flatnonzero(_mine(asked, columns, asked.selection.filter) & ~folded & _not_null(column))
        yield from [(NOT_FINITE, infinite)] if len(infinite) else []


def _failed(
    asked: _Asked, compiled: Compiled, column: pl.Series, columns: ExpressionColumns, when: str | None = None
) -> Iterable[tuple[str, Ints]]:
    rows = pl.Series(_mine(asked, columns, when) & ~_not_null(column))
    return compiled.failed(columns.frame, rows).items()


def _mine(asked: _Asked, columns: ExpressionColumns, when: str | None) -> Bools:
    """Returns the events with a known key whose filter is true."""
    known = columns.known[asked.key]
    return known if when is None else known & columns.filters[when].fill_null(False).to_numpy()


def _not_null(column: pl.Series) -> Bools:
    return column.is_not_null().to_numpy()
