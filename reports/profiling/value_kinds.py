"""Converts the values of each type for profiling: arrays to their length, times to seconds."""

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from reports.profiling.frequent_items import LONGEST
from reports.profiling.kernels import Bytes, Ints, Reals

ProfileKind = Literal["number", "text", "truth", "length", "time"]

KINDS: dict[str, ProfileKind] = {
    "INT32": "number",
    "INT64": "number",
    "FLOAT": "number",
    "DOUBLE": "number",
    "BOOL": "truth",
    "STRING": "text",
    "TIMESTAMP": "time",
}
PER_SECOND = {"ms": 1e3, "us": 1e6, "ns": 1e9}
_BUFFERS = pl.CompatLevel.oldest()  # one buffer of bytes instead of views


def kind_of(value_type: str) -> ProfileKind:
    """Returns how values of a type are profiled.

    >>> kind_of("ARRAY<STRING>"), kind_of("BOOL")
    ('length', 'truth')
    """
    return "length" if value_type.startswith("ARRAY<") else KINDS[value_type]


def numbers_of(values: pl.Series, kind: ProfileKind) -> tuple[Reals, Ints]:
    """Converts non-null values to doubles, and to int64 words that are equal exactly when the values are.

    Uses Arrow, because for a batch of fifty, polars expressions take longer than the rest of a profile.
    """
    if kind == "length":
        values = values.list.len()
    if isinstance(values.dtype, pl.Datetime):
        return _told_by_themselves(_present(values.cast(pl.Int64)) / PER_SECOND[values.dtype.time_unit])
    numbers = _present(values.cast(pl.Float64))
    if kind == "number" and values.dtype.is_integer():
        return numbers, _present(values.cast(pl.Int64))
    return _told_by_themselves(numbers)


def bytes_of(values: pl.Series) -> tuple[Ints, Bytes]:
    """Returns the non-null texts in Arrow's layout: text i is the UTF-8 bytes `data[offsets[i]:offsets[i + 1]]`."""
    array = values.rechunk().to_arrow(compat_level=_BUFFERS)
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return bounds.copy(), np.frombuffer(data or b"", np.uint8).copy()


def counted(values: pl.Series) -> tuple[pl.Series, list[int]]:
    """Returns the distinct non-null texts with their counts."""
    frame = values.alias("text").value_counts(name="count")
    frame = frame.drop_nulls("text") if values.null_count() else frame
    return frame["text"], frame["count"].to_list()


def shortened(texts: pl.Series, offsets: Ints) -> Iterable[str]:
    """Returns texts cut to LONGEST characters; `offsets` are those of their bytes."""
    whole: list[str] = texts.to_list()
    return whole if np.diff(offsets).max(initial=0) <= LONGEST else (text[:LONGEST] for text in whole)


def _present(values: pl.Series) -> npt.NDArray[Any]:
    array = values.to_numpy() if not values.null_count() else values.to_arrow().drop_null().to_numpy()
    present: npt.NDArray[Any] = array
    return present


def _told_by_themselves(numbers: Reals) -> tuple[Reals, Ints]:
    return numbers, (numbers + 0.0).view(np.int64)
