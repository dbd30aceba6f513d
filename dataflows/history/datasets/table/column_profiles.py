"""Profiles each column of a data set with the kernels that profile served values."""

import base64
from collections.abc import Iterable

import msgspec
import polars as pl
import pyarrow as pa

from dataflows.history.datasets.arrow_types import is_text
from reports.profiling import Profile, ProfileKind, summary_of


class ColumnProfiles:
    """Counts, moments, extremes, quantiles and frequent values of columns, block by block.

    Columns to be `compared` later keep the whole profile.
    """

    def __init__(self, schema: pa.Schema, compared: Iterable[str]) -> None:
        kinds = [_kind(field.type) for field in schema]
        self._names, self._kept = list(schema.names), frozenset(compared)
        self._profiles = [None if kind is None else Profile(kind, 0) for kind in kinds]
        self._rows, self._nulls = 0, [0] * len(kinds)

    def add(self, batch: pa.RecordBatch) -> None:
        """Adds a block of rows."""
        self._rows += len(batch)
        for column, (profile, values) in enumerate(zip(self._profiles, batch.columns, strict=True)):
            self._nulls[column] += values.null_count
            if profile is not None:
                profile.add(_series(values), [])

    def as_dict(self) -> dict[str, object]:
        """Returns the statistics by column; only rows and nulls for columns that cannot be profiled."""
        columns = zip(self._names, self._profiles, self._nulls, strict=True)
        return {name: self._of(name, profile, nulls) for name, profile, nulls in columns}

    def _of(self, name: str, profile: Profile | None, nulls: int) -> dict[str, object]:
        if profile is None:
            return {"rows": self._rows, "nulls": nulls}
        summary: dict[str, object] = {"kind": profile.kind, **msgspec.json.decode(summary_of(profile).encode())}
        return summary | ({"profile": base64.b64encode(profile.dump()).decode()} if name in self._kept else {})


def _series(values: pa.Array) -> pl.Series:
    if pa.types.is_timestamp(values.type):  # some zones are unknown to polars
        values = values.cast(pa.timestamp(values.type.unit))
    series = pl.Series(values)
    if series.dtype in (pl.Date, pl.Datetime):
        return series.cast(pl.Datetime("ms"))
    return series.cast(pl.String) if series.dtype in (pl.Categorical, pl.Enum) else series


def _kind(dtype: pa.DataType) -> ProfileKind | None:
    """Returns how a column is profiled; None if it cannot be."""
    if pa.types.is_dictionary(dtype):
        return _kind(dtype.value_type) if is_text(dtype.value_type) else None
    if pa.types.is_integer(dtype) or pa.types.is_float32(dtype) or pa.types.is_float64(dtype):
        return None if pa.types.is_uint64(dtype) else "number"
    if pa.types.is_timestamp(dtype) or pa.types.is_date(dtype):
        return "time"
    if pa.types.is_list(dtype) or pa.types.is_large_list(dtype):
        return "length"
    if pa.types.is_boolean(dtype):
        return "truth"
    return "text" if is_text(dtype) else None
