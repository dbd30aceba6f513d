"""Assembles folded words into feature rows: a typed frame, one row per entity update, the same for every output.

Columns: `_id` (entity id), `_as_of` (ms), `_seq` (events folded), `_gone`, `_warming` (names, null when all are warm),
`_quarantined` (names, null when no value was withheld; filled by the validator), then the features in the order of
their names.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from dataflows.aggregations import AGGREGATIONS, Sums, Totals
from dataflows.compiler import partials_of
from dataflows.definitions import Feature, column_names, compile_expression, polars_type
from dataflows.ingest import DerivedFailures
from dataflows.kernels import offsets
from dataflows.kernels.arrays import Bools, Ints, Reals
from dataflows.kernels.opcodes import ValueKind
from dataflows.kernels.strings.string_array import joined
from dataflows.null_counts import NulledValues
from dataflows.rows.fitting import FittedColumn, fitted, fitted_series
from dataflows.rows.warming_names import WarmingNames
from dataflows.windows import ShardRows, WarmUp

KEYS = ("_id", "_as_of", "_seq", "_gone", "_warming", "_quarantined")


@dataclass(frozen=True, slots=True)
class FeatureRows:
    """Rows of one entity type; `published_ms` is the oldest publish time among the events behind them.

    `shards` are the keys of the shards that the rows come from; `nulled` counts values that could not be represented.
    `since` maps features that are warming up in some row to the time (ms) from which they count. `after_event` lists
    the rows that follow an event rather than the passing of time alone; None if all do. `oldest_ms` is that of
    `ShardRows`.
    """

    frame: pl.DataFrame
    published_ms: int
    shards: tuple[str, ...] = ()
    nulled: tuple[NulledValues, ...] = ()
    since: Mapping[str, int] = field(default_factory=dict)
    after_event: Bools | None = None
    oldest_ms: int | None = None


class RowAssembler:
    """Combines the rows of all shards of an activation and computes their values."""

    def __init__(self, features: Sequence[Feature], partitions: int) -> None:
        self._stored = [feature for feature in features if feature.expression is None]
        self._derived = topological_order([feature for feature in features if feature.expression is not None])
        self._value_types = {feature.feature_name: feature.value_type for feature in features}
        self._types = {feature.feature_name: polars_type(feature.value_type) for feature in features}
        self._cast = {name: dtype for name, dtype in self._types.items() if dtype.is_temporal() or dtype.is_nested()}
        self._levels = [[self._derive(feature) for feature in level] for level in topological_levels(self._derived)]
        self._order = (*KEYS, *sorted(self._types))
        self._failures = DerivedFailures(self._derived, self._value_types)
        self._partitions = partitions
        self._names = cache(self._warming_names)

    def __call__(self, items: Iterable[tuple[str, ShardRows]]) -> Iterator[tuple[str, FeatureRows]]:
        """Yields (sink partition, rows) for (shard, rows) pairs."""
        parts: dict[int, list[tuple[str, ShardRows]]] = {}
        for shard, rows in items:
            parts.setdefault(int(shard) % self._partitions, []).append((shard, rows))
        for partition, part in parts.items():
            shards, rows_of = zip(*part, strict=True)
            yield str(partition), replace(self._assemble(rows_of), shards=shards)

    def _assemble(self, shards: Sequence[ShardRows]) -> FeatureRows:
        words = np.ascontiguousarray(np.concatenate([shard.words for shard in shards]).T)
        names = [self._names(tuple(shard.warming.items())) for shard in shards]
        columns = _keys(shards, names, words)
        offset, nulled = offsets.OUT_WORDS, list[NulledValues]()
        for feature in self._stored:
            fitted = _column(feature, _Words(feature, shards, words, offset))
            columns[feature.feature_name] = fitted.values
            if fitted.overflow or fitted.not_finite:
                nulled += fitted.nulled(feature.feature_name)
            offset += sum(partial.folded for partial in partials_of(feature))
        frame = self._frame(columns, nulled)
        nulled += self._failures(frame)
        return FeatureRows(
            frame,
            min(shard.published_ms for shard in shards),
            nulled=tuple(nulled),
            since=_since(names, columns["_warming"]),
            after_event=_after_event(words[offsets.OUT_GONE]),
            oldest_ms=min((shard.oldest_ms for shard in shards if shard.oldest_ms is not None), default=None),
        )

    def _frame(self, columns: dict[str, pa.Array], nulled: list[NulledValues]) -> pl.DataFrame:
        """Orders the columns; rebuilding a frame costs more than everything else, so only where casts or derived
        features need it."""
        if self._levels or self._cast:
            return self._derived_too(self._typed(pa.RecordBatch.from_pydict(columns)), nulled)
        return pl.DataFrame(pa.RecordBatch.from_pydict({name: columns[name] for name in self._order}))

    def _typed(self, columns: pa.RecordBatch) -> list[pl.Series]:
        """Casts columns to their declared types; converting them together costs a third of converting them one by
        one."""
        series = pl.DataFrame(columns).get_columns()
        return [column.cast(self._cast[column.name]) if column.name in self._cast else column for column in series]

    def _derived_too(self, columns: list[pl.Series], nulled: list[NulledValues]) -> pl.DataFrame:
        """Adds the derived features to the columns, in order, and their null values to `nulled`."""
        for level in self._levels:
            for column in pl.DataFrame(columns).select(level).get_columns():
                fitted = fitted_series(column, self._value_types[column.name])
                columns.append(pl.Series(column.name, fitted.values).cast(self._types[column.name]))
                nulled += fitted.nulled(column.name)
        by_name = {column.name: column for column in columns}
        return pl.DataFrame([by_name[name] for name in self._order])

    def _warming_names(self, warming: tuple[tuple[str, WarmUp], ...]) -> WarmingNames | None:
        """Returns the warming names of shards that warm up alike; None if nothing warms up."""
        return WarmingNames(dict(warming), self._derived) if warming else None

    def _derive(self, feature: Feature) -> pl.Expr:
        return compile_expression(str(feature.expression), self._value_types).expr.alias(feature.feature_name)


class _Words:
    """The folded words of one feature, one column per word, as `Aggregation.finalize` reads them."""

    def __init__(self, feature: Feature, shards: Sequence[ShardRows], words: Ints, offset: int) -> None:
        self._kind, self._shards, self._words, self._offset = feature.value_kind, shards, words, offset

    @cached_property
    def as_of(self) -> Ints:
        """The rows' `as_of` (ms)."""
        column: Ints = self._words[offsets.OUT_AS_OF]
        return column

    def ints(self, word: int) -> Ints:
        """Returns a word of every row, as integers."""
        column: Ints = self._words[self._offset + word]
        return column

    def reals(self, word: int) -> Reals:
        """Returns a word of every row, as doubles."""
        return self.ints(word).view(np.float64)

    def values(self, word: int) -> Any:
        """Returns a word of every row, as values of the feature's kind."""
        match self._kind:
            case ValueKind.REAL:
                return self.reals(word)
            case ValueKind.BOOL:
                return self.ints(word) != 0
            case ValueKind.TEXT:
                return self._texts(self._offset + word - offsets.OUT_WORDS)
            case _:
                return self.ints(word)

    def sums(self, word: int) -> Sums:
        """Returns the sums of every row that start at a word."""
        if self._kind is ValueKind.REAL:
            return self.reals(word)
        return Totals(self.ints(word), self.ints(word + 1))

    def _texts(self, word: int) -> pa.Array:
        texts = [shard.texts[word] for shard in self._shards]
        valid = np.concatenate([valid for _, valid in texts])
        return joined([strings for strings, _ in texts]).arrow(valid)


def topological_order(derived: Sequence[Feature]) -> list[Feature]:
    """Orders derived features so that each comes after those its expression reads."""
    return [feature for level in topological_levels(derived) for feature in level]


def topological_levels(derived: Sequence[Feature]) -> list[list[Feature]]:
    """Groups derived features into levels, so that each reads only features of lower levels."""
    waiting = {feature.feature_name: feature for feature in derived}
    levels: list[list[Feature]] = []
    while waiting:
        levels.append([f for f in waiting.values() if waiting.keys().isdisjoint(column_names(str(f.expression)))])
        waiting = {name: feature for name, feature in waiting.items() if feature not in levels[-1]}
    return levels


def _column(feature: Feature, words: _Words) -> FittedColumn:
    return fitted(AGGREGATIONS[str(feature.aggregation)].finalize(words, feature.options), feature.value_type)


def _keys(shards: Sequence[ShardRows], names: Sequence[WarmingNames | None], words: Ints) -> dict[str, pa.Array]:
    return {
        "_id": joined([shard.ids for shard in shards]).arrow(),
        "_as_of": pa.array(words[offsets.OUT_AS_OF]),
        "_seq": pa.array(words[offsets.OUT_SEQ]),
        "_gone": pa.array((words[offsets.OUT_GONE] & offsets.GONE) != 0),
        "_warming": _warming(names, [shard.words[:, offsets.OUT_AS_OF] for shard in shards]),
        "_quarantined": _nulls(words.shape[1]),
    }


def _after_event(flags: Ints) -> Bools | None:
    shown: Bools = (flags & offsets.AFTER_EVENT) != 0
    return None if shown.all() else shown


def _warming(names: Sequence[WarmingNames | None], times: Sequence[Ints]) -> pa.Array:
    """Returns the features that are warming up in each row, from the shards' names and row times; null where none
    is."""
    if not any(names):
        return _nulls(sum(map(len, times)))
    parts = zip(names, times, strict=True)
    return pa.concat_arrays([named(held) if named else _nulls(len(held)) for named, held in parts])


def _since(names: Sequence[WarmingNames | None], warming: pa.Array) -> dict[str, int]:
    """Returns since when the features that are warming up in some row count (ms); the latest time over shards."""
    since: dict[str, int] = {}
    if warming.null_count == len(warming):
        return since
    for named in filter(None, names):
        since |= {name: max(began, since.get(name, began)) for name, began in named.since.items()}
    return since


def _nulls(rows: int) -> pa.Array:
    """Returns null texts, sliced from a cached array: filling new memory for every batch costs 2 % of the engine."""
    return _nulls_of(1 << rows.bit_length()).slice(0, rows)


@cache
def _nulls_of(rows: int) -> pa.Array:
    return pa.nulls(rows, pa.large_string())
