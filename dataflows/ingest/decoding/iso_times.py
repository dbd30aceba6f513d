"""Parses columns of ISO 8601 times."""

import numpy as np
import polars as pl

from dataflows.kernels.arrays import Ints
from dataflows.kernels.strings.string_array import strings_of
from dataflows.kernels.strings.times import NO_TIME, parse_times


def times_of(texts: pl.Series) -> Ints:
    """Parses ISO 8601 texts to ms since 1970; NO_TIME for a null and for a text that is not a time with a zone.

    >>> times_of(pl.Series(["1970-01-01 01:00:00,5+01"])).tolist()
    [500]
    """
    strings, ms = strings_of(texts), np.empty(len(texts), np.int64)
    parse_times(strings.offsets, strings.data, ms)
    if texts.null_count():
        ms[texts.is_null().to_numpy()] = NO_TIME
    return ms


def lacks_zone(text: str) -> bool:
    """Returns whether a text is a date and a time of day that lacks only its zone."""
    return bool(times_of(pl.Series([f"{text}Z"]))[0] != NO_TIME)
