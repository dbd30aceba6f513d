"""Folded words -> feature rows: a typed frame, one row an entity update, the same for every output.

Columns: `_id` (entity id), `_as_of` (ms), `_seq` (events folded), `_gone`, `_warming` (names, null when all are
warm), `_quarantined` (names, null when no value was kept back; filled by the rules), then the features in the
order of their names.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from dataflows.aggregations import AGGREGATIONS
from dataflows.column_types import polars_type
from dataflows.expressions import column_names, compile_expression
from dataflows.kernels import places
from dataflows.kernels.arrays import Ints
from dataflows.layout import partials_of
from dataflows.monoids import Kind
from dataflows.spec import Feature
from dataflows.strings import joined
from dataflows.windows import ShardRows

KEYS = ("_id", "_as_of", "_seq", "_gone", "_warming", "_quarantined")


@dataclass(frozen=True, slots=True)
class FeatureRows:
    """Rows of one entity type; `published_ms` is the oldest publish time among the events behind them.

    `shards` are the keys of the shards they are of.
    """

    frame: pl.DataFrame
    published_ms: int
    shards: tuple[str, ...] = ()


class Assembler:
    """Puts the rows of all shards of an activation together and gives them their values."""

    def __init__(self, features: Sequence[Feature], partitions: int) -> None:
        self._kept = [feature for feature in features if feature.expression is None]
        self._derived = in_order_of_need([feature for feature in features if feature.expression is not None])
        self._value_types = {feature.feature_name: feature.value_type for feature in features}
        self._types = {feature.feature_name: polars_type(feature.value_type) for feature in features}
        self._partitions = partitions

    def __call__(self, items: Iterable[tuple[str, ShardRows]]) -> Iterator[tuple[str, FeatureRows]]:
        """(sink partition, rows) of a list of (shard, rows)."""
        parts: dict[int, list[tuple[str, ShardRows]]] = {}
        for shard, rows in items:
            parts.setdefault(int(shard) % self._partitions, []).append((shard, rows))
        for partition, part in parts.items():
            shards, rows_of = zip(*part, strict=True)
            yield str(partition), replace(self._assemble(rows_of), shards=shards)

    def _assemble(self, shards: Sequence[ShardRows]) -> FeatureRows:
        words = np.ascontiguousarray(np.concatenate([shard.words for shard in shards]).T)
        columns = _keys(shards, [self._all_warming(shard.warming) for shard in shards], words)
        at = places.OUT_WORDS
        for feature in self._kept:
            columns.append(self._column(feature, _Words(feature, shards, words, at)))
            at += sum(partial.folded for partial in partials_of(feature))
        frame = pl.DataFrame(columns)
        for feature in self._derived:
            frame = frame.with_columns(self._derive(feature))
        if self._derived:
            frame = frame.select(*KEYS, *sorted(self._types))
        return FeatureRows(frame, min(shard.published_ms for shard in shards))

    def _column(self, feature: Feature, words: "_Words") -> pl.Series:
        values, exist = AGGREGATIONS[str(feature.aggregation)].finalize(words, feature.options)
        dtype = self._types[feature.feature_name]
        missing = None if exist is None or exist.all() else ~exist
        if isinstance(values, np.ndarray):
            values = pa.array(values, mask=missing)  # a quarter of the price of polars' own way
        elif missing is not None:
            values = pc.if_else(missing, None, values)
        series = pl.Series(feature.feature_name, values)
        return series if series.dtype == dtype else series.cast(dtype, strict=False)

    def _all_warming(self, names: tuple[str, ...]) -> str:
        """What is warming, with the derived features that read any of it; empty when nothing is."""
        if not names:
            return ""
        warming = set(names)
        for feature in self._derived:
            warming |= set() if warming.isdisjoint(feature.reads) else {feature.feature_name}
        return ",".join(sorted(warming))

    def _derive(self, feature: Feature) -> pl.Expr:
        value = compile_expression(str(feature.expression), self._value_types).expr
        if self._types[feature.feature_name].is_float():
            value = pl.when(value.cast(pl.Float64).is_finite()).then(value)
        return value.cast(self._types[feature.feature_name], strict=False).alias(feature.feature_name)


class _Words:
    """The folded words of one feature, a column a word: what `Aggregation.finalize` reads."""

    def __init__(self, feature: Feature, shards: Sequence[ShardRows], words: Ints, at: int) -> None:
        self._kind, self._shards, self._words, self._at = feature.value_kind, shards, words, at

    @cached_property
    def as_of(self) -> Ints:
        """The rows' `as_of` (ms)."""
        column: Ints = self._words[places.OUT_AS_OF]
        return column

    def ints(self, word: int) -> Ints:
        """A word of every row."""
        column: Ints = self._words[self._at + word]
        return column

    def reals(self, word: int) -> npt.NDArray[np.float64]:
        """A word of every row, as doubles."""
        return self.ints(word).view(np.float64)

    def values(self, word: int) -> Any:
        """A word of every row, as values of the feature's kind."""
        match self._kind:
            case Kind.REAL:
                return self.reals(word)
            case Kind.BOOL:
                return self.ints(word) != 0
            case Kind.TEXT:
                return self._texts(self._at + word - places.OUT_WORDS)
            case _:
                return self.ints(word)

    def _texts(self, word: int) -> pa.Array:
        texts = [shard.texts[word] for shard in self._shards]
        valid = np.concatenate([valid for _, valid in texts])
        return joined([strings for strings, _ in texts]).arrow(valid)


def in_order_of_need(derived: Sequence[Feature]) -> list[Feature]:
    """Derived features so that each comes after those its expression reads."""
    waiting = {feature.feature_name: feature for feature in derived}
    ordered: list[Feature] = []
    while waiting:
        ready = [f for f in waiting.values() if waiting.keys().isdisjoint(column_names(str(f.expression)))]
        ordered += ready
        waiting = {name: feature for name, feature in waiting.items() if feature not in ready}
    return ordered


def _keys(shards: Sequence[ShardRows], warming: Sequence[str], words: Ints) -> list[pl.Series]:
    rows = [len(shard.words) for shard in shards]
    return [
        pl.Series("_id", joined([shard.ids for shard in shards]).arrow()),
        pl.Series("_as_of", pa.array(words[places.OUT_AS_OF])),
        pl.Series("_seq", pa.array(words[places.OUT_SEQ])),
        pl.Series("_gone", pa.array(words[places.OUT_GONE] != 0)),
        pl.Series("_warming", _warming(warming, rows)),
        pl.Series("_quarantined", pa.nulls(sum(rows), pa.large_string())),
    ]


def _warming(names: Sequence[str], rows: Sequence[int]) -> pa.Array:
    """What is warming in each row's shard, null where nothing is."""
    if not any(names):
        return pa.nulls(sum(rows), pa.large_string())
    of_shard = pa.array([name or None for name in names], pa.large_string())
    return of_shard.take(pa.array(np.repeat(np.arange(len(rows)), rows)))
