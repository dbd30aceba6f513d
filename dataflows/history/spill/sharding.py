"""Assigns entities to shards of history."""

import numpy as np
import polars as pl

from dataflows.kernels.arrays import Ints
from dataflows.kernels.partition import shards_of_hashes
from dataflows.kernels.strings.arrow_strings import hash_strings
from dataflows.kernels.strings.string_array import strings_of


def shards_of(ids: pl.Series, shards: int) -> Ints:
    """Returns the shard of each id (non-null texts), to which its events are spilled.

    >>> shards_of(pl.Series(["u1", "u2", "u1"]), 64).tolist()
    [58, 44, 58]
    """
    strings = strings_of(ids)
    hashes, shard_numbers = np.empty(len(ids), np.int64), np.empty(len(ids), np.int64)
    hash_strings(strings.offsets, strings.data, hashes)
    shards_of_hashes(hashes, shards, shard_numbers)
    return shard_numbers
