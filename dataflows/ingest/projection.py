"""Evaluates the expressions of a source over a batch: one column per value, one mask per selection."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from dataflows.aggregations import every
from dataflows.compiler import SourceInputs
from dataflows.definitions import Compiled, Feature, Source, compile_expression
from dataflows.ingest.decoding.decoder import EventBatch
from dataflows.ingest.expression_failures import ExpressionColumns, ExpressionFailures
from dataflows.kernels.arrays import Bools, Bytes, Ints
from dataflows.kernels.opcodes import ValueKind
from dataflows.kernels.strings.arrow_strings import hash_strings
from dataflows.kernels.strings.string_array import Strings, strings_of
from dataflows.null_counts import NulledValues


@dataclass(frozen=True, slots=True)
class ProjectedBatch:
    """A batch with a column of words per value of its source, and a column of `selections` (0 or 1) per selection."""

    events: EventBatch
    values: Ints
    selections: Bytes
    texts: Mapping[int, tuple[Strings, Bytes]]  # column of `values` -> its texts and which exist
    known: Mapping[str, Bools]  # key column -> mask of events with a known key
    nulled: tuple[NulledValues, ...] = ()  # values that could not be computed, by feature


class Projection:
    """Evaluates the expressions of all features of one source over a batch."""

    def __init__(self, source: Source, feeds: Iterable[SourceInputs], features: Iterable[Feature] = ()) -> None:
        feeds = tuple(feeds)
        self.values = tuple(dict.fromkeys(value for feed in feeds for value in feed.values))
        self.selections = tuple(dict.fromkeys(selection for feed in feeds for selection in feed.selections))
        self._keys = tuple(dict.fromkeys(source.entities.values()))
        filters = dict.fromkeys(selection.filter for selection in self.selections if selection.filter)
        valued = dict.fromkeys(selection.value for selection in self.selections if selection.value)
        self._filters, self._failures = tuple(filters), ExpressionFailures(source, features)
        self._expressions = [
            *(compile_expression(text, source.columns).expr.alias(_true(text)) for text in filters),
            *(_plain(compile_expression(text, source.columns)).alias(_value(text)) for text in valued),
            *(pl.col(key).is_not_null().alias(_known_column(key)) for key in self._keys),
        ]

    def __call__(self, events: EventBatch) -> ProjectedBatch:
        """Projects a batch in this thread: handing it to a thread pool costs more than the work."""
        columns = events.frame.select_seq(self._expressions)
        foldable = {
            selection.value: _foldable(columns[_value(selection.value)])
            for selection in self.selections
            if selection.value
        }
        values, texts = self._values(columns, foldable)
        true = {text: _is_true(columns[_true(text)]) for text in self._filters}
        selections = np.ones((len(events.times), len(self.selections)), np.uint8)
        for index, selection in enumerate(self.selections):
            if selection.filter:
                selections[:, index] &= true[selection.filter]
            if selection.value:
                selections[:, index] &= foldable[selection.value]
        known = {key: columns[_known_column(key)].to_numpy() for key in self._keys}
        return ProjectedBatch(events, values, selections, texts, known, self._nulled(events, columns, foldable, known))

    def _nulled(
        self, events: EventBatch, columns: pl.DataFrame, foldable: Mapping[str, Bools], known: Mapping[str, Bools]
    ) -> tuple[NulledValues, ...]:
        """Counts failed expressions; most batches have no nulls and need no counting."""
        filters = {text: columns[_true(text)] for text in self._filters}
        if all(map(every, foldable.values())) and not any(column.null_count() for column in filters.values()):
            return ()
        values = {text: columns[_value(text)] for text in foldable}
        return self._failures(ExpressionColumns(events.frame, filters, values, foldable, known))

    def _values(
        self, columns: pl.DataFrame, foldable: Mapping[str, Bools]
    ) -> tuple[Ints, dict[int, tuple[Strings, Bytes]]]:
        values, texts = np.empty((len(columns), len(self.values)), np.int64), dict[int, tuple[Strings, Bytes]]()
        for index, value in enumerate(self.values):
            column = columns[_value(value.text)]
            if value.hashed:
                values[:, index] = _hashes(strings_of(column))
            elif value.kind is ValueKind.TEXT:
                texts[index] = strings_of(column), foldable[value.text].view(np.uint8)
            else:
                values[:, index] = _words(column)
        return values, texts


def _plain(value: Compiled) -> pl.Expr:
    """Casts a value to a double, a text or an integer; a time to ms."""
    if value.kind is ValueKind.TIMESTAMP:
        return value.expr.dt.epoch("ms")
    return value.expr.cast(pl.Int64) if value.kind is ValueKind.BOOL else value.expr


def _is_true(column: pl.Series) -> Bools:
    return (column.fill_null(False) if column.null_count() else column).to_numpy()


def _not_null(column: pl.Series) -> Bools:
    return column.is_not_null().to_numpy() if column.null_count() else np.ones(len(column), np.bool_)


def _foldable(column: pl.Series) -> Bools:
    """Marks the values that can be aggregated: not null and, for doubles, finite."""
    return np.isfinite(column.to_numpy()) if column.dtype == pl.Float64 else _not_null(column)


def _words(column: pl.Series) -> Ints:
    """Encodes values as 64-bit words. The word of a null is undefined, because no selection admits it.

    Equal numbers have equal words: -0.0 becomes 0.0 (in numpy, because polars optimises `+ 0.0` away).
    """
    if column.dtype == pl.Float64:
        return (column.to_numpy() + 0.0).view(np.int64)
    return (column.fill_null(0) if column.null_count() else column).to_numpy()


def _hashes(texts: Strings) -> Ints:
    """Hashes texts that are only counted to words."""
    hashes = np.empty(len(texts), np.int64)
    hash_strings(texts.offsets, texts.data, hashes)
    return hashes


def _true(text: str) -> str:
    return f"true:{text}"


def _value(text: str) -> str:
    return f"value:{text}"


def _known_column(key: str) -> str:
    return f"known:{key}"
