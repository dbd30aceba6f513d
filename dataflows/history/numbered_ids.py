"""Numbers the entities of a shard: the ids in order, and the number of each event's entity."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from dataflows.kernels.arrays import Ints
from dataflows.kernels.strings.string_array import Strings, strings_of


@dataclass(frozen=True, slots=True)
class NumberedIds:
    """Distinct ids, ordered; `entities` holds the number of each input row."""

    ids: pl.Series
    entities: Ints

    def strings(self, numbers: Ints) -> Strings:
        """Returns the ids of numbers."""
        return strings_of(self.ids.gather(numbers))


def numbered(ids: pl.Series) -> NumberedIds:
    """Numbers the distinct ids in order.

    >>> numbered(pl.Series(["b", "a", "b"])).entities.tolist()
    [1, 0, 1]
    """
    encoded = pc.dictionary_encode(ids.to_arrow(compat_level=pl.CompatLevel.oldest()))
    distinct = pl.Series(ids.name, encoded.dictionary, pl.String)
    order = distinct.arg_sort().to_numpy()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return NumberedIds(distinct.gather(order), rank[encoded.indices.to_numpy()])


def side_by_side(parts: Sequence[NumberedIds]) -> NumberedIds:
    """Concatenates ids of different shards; numbers continue from one shard to the next."""
    firsts = np.cumsum([0, *(len(part.ids) for part in parts[:-1])])
    entities = [part.entities + first for part, first in zip(parts, firsts, strict=True)]
    return NumberedIds(pl.concat([part.ids for part in parts]), np.concatenate(entities))


def numbers_in(ids: pl.Series, known: pl.Series) -> Ints:
    """Returns the number of each id among the known ones, -1 for others."""
    values = known.to_arrow(compat_level=pl.CompatLevel.oldest())
    indices: pa.Array = pc.index_in(ids.to_arrow(compat_level=pl.CompatLevel.oldest()), value_set=values)
    numbers: Ints = indices.fill_null(-1).cast(pa.int64()).to_numpy()
    return numbers
