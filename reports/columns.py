"""What is profiled of the values of each type: arrays by their length, times by their seconds."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
import polars as pl

from reports.scan import Bytes, Ints, Reals
from reports.tops import LONGEST

Kind = Literal["number", "text", "truth", "length", "time"]

KINDS: dict[str, Kind] = {
    "INT32": "number",
    "INT64": "number",
    "FLOAT": "number",
    "DOUBLE": "number",
    "BOOL": "truth",
    "STRING": "text",
    "TIMESTAMP": "time",
}
_BUFFERS = pl.CompatLevel.oldest()  # one buffer of bytes, not views into many


def kind_of(value_type: str) -> Kind:
    """How values of a type are profiled.

    >>> kind_of("ARRAY<STRING>"), kind_of("BOOL")
    ('length', 'truth')
    """
    return "length" if value_type.startswith("ARRAY<") else KINDS[value_type]


def numbers_of(values: pl.Series, kind: Kind) -> tuple[Reals, Ints]:
    """Values that are not null as doubles, and the int64 words that tell them apart (equal exactly when they are)."""
    if kind == "length":
        values = values.list.len()
    elif kind == "time":
        values = values.dt.epoch("ms") / 1000
    numbers = values.cast(pl.Float64).to_numpy()
    if kind == "number" and values.dtype.is_integer():
        return numbers, values.cast(pl.Int64).to_numpy()
    return numbers, (numbers + 0.0).view(np.int64)


def bytes_of(values: pl.Series) -> tuple[Ints, Bytes]:
    """Texts that are not null as Arrow keeps them: text i is the UTF-8 bytes `data[offsets[i]:offsets[i + 1]]`."""
    array = values.rechunk().to_arrow(compat_level=_BUFFERS)
    _, offsets, data = array.buffers()
    whole = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return whole.copy(), np.frombuffer(data or b"", np.uint8).copy()


def counted(values: pl.Series) -> tuple[pl.Series, Iterator[tuple[str, int]]]:
    """The different texts among values that are not null, and each, cut to LONGEST, with its count."""
    counts = values.alias("text").to_frame().group_by("text", maintain_order=True).len()
    texts = counts["text"]
    return texts, zip(texts.str.head(LONGEST).to_list(), counts["len"].to_list(), strict=True)
