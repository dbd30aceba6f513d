"""Measures leakage: where the value from all events differs from the value known, or served, at the time.

A model trained on the former will never see it again: the difference leaks from the future.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np
import polars as pl
import pyarrow as pa

from dataflows.definitions import Feature
from dataflows.history.datasets.arrow_types import arrow_of
from dataflows.history.datasets.table.answers import ValueMode
from dataflows.history.datasets.table.assembly import MS_UTC, AnsweredBlock
from dataflows.history.datasets.table.value_equality import differing

ROWS_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("entity", pa.large_string()),
        ("id", pa.large_string()),
        ("time", MS_UTC),
        ("feature", pa.large_string()),
        ("true", pa.large_string()),
        ("known", pa.large_string()),
    ]
)


_DIGITS: Mapping[str, int] = {"ms": 3, "us": 6, "ns": 9}


class FeatureLeakage(msgspec.Struct, frozen=True):
    """Leakage of one feature: rows, differing rows, and for numbers the mean and largest difference."""

    feature: str
    rows: int
    differing: int
    mean_difference: float | None = None
    largest_difference: float | None = None

    @property
    def share(self) -> float:
        """Returns the share of differing rows."""
        return self.differing / self.rows if self.rows else 0.0


class LeakageReport:
    """Compares the values of the mode `true` with those of another mode, block by block."""

    def __init__(self, features: Sequence[Feature], other: ValueMode = "known") -> None:
        self._features, self._other = features, other
        self._rows = 0
        self._differing = dict.fromkeys((feature.feature_name for feature in features), 0)
        self._distances: Mapping[str, list[float]] = {name: [0.0, 0.0, 0.0] for name in self._differing}

    def add(self, block: AnsweredBlock) -> pa.Table:
        """Counts a block; returns its differing rows."""
        differing_rows = [_rows_of(feature, block, wrong) for feature, wrong in self._compared(block)]
        return pa.concat_tables(differing_rows) if differing_rows else ROWS_SCHEMA.empty_table()

    def count(self, block: AnsweredBlock) -> None:
        """Counts a block."""
        for _ in self._compared(block):
            pass

    def features(self) -> tuple[FeatureLeakage, ...]:
        """Returns the results so far, in the order of the features."""
        return tuple(self._of(name) for name in self._differing)

    def _compared(self, block: AnsweredBlock) -> Iterator[tuple[Feature, pl.Series]]:
        self._rows += len(block.asked.batch)
        for feature in self._features:
            name = feature.feature_name
            true, other = (block.values[mode].get_column(name) for mode in ("true", self._other))
            wrong = differing(true, other)
            if count := int(wrong.sum()):
                self._differing[name] += count
                self._measure(name, true.filter(wrong), other.filter(wrong))
                yield feature, wrong

    def _measure(self, name: str, true: pl.Series, other: pl.Series) -> None:
        if true.dtype.is_numeric():
            apart = np.abs((true.cast(pl.Float64) - other.cast(pl.Float64)).drop_nulls().to_numpy())
            apart = apart[np.isfinite(apart)]
            if len(apart):
                total, count, largest = self._distances[name]
                self._distances[name][:] = (
                    total + float(apart.sum()),
                    count + len(apart),
                    max(largest, float(apart.max())),
                )

    def _of(self, name: str) -> FeatureLeakage:
        total, count, largest = self._distances[name]
        measured = (total / count, largest) if count else (None, None)
        return FeatureLeakage(name, self._rows, self._differing[name], *measured)


def _rows_of(feature: Feature, block: AnsweredBlock, wrong: pl.Series) -> pa.Table:
    places = wrong.arg_true().to_numpy()
    name, texts = feature.feature_name, block.asked.ids[feature.entity_id]
    columns = {
        "row": pa.array(places + block.asked.first),
        "entity": _all(feature.entity_id, len(places)),
        "id": arrow_of(texts.gather(places)),
        "time": pa.array(block.asked.times[places]).cast(MS_UTC),
        "feature": _all(name, len(places)),
        "true": arrow_of(formatted(block.values["true"].get_column(name).gather(places))),
        "known": arrow_of(formatted(block.values["known"].get_column(name).gather(places))),
    }
    return pa.table(columns, schema=ROWS_SCHEMA)


def formatted(values: pl.Series) -> pl.Series:
    """Formats values as texts: times and durations in ISO 8601, nested values as JSON, bytes in hexadecimal digits.

    >>> formatted(pl.Series([1.5, None])).to_list(), formatted(pl.Series([[1, 2]])).to_list()
    (['1.5', None], ['[1,2]'])
    """
    if isinstance(values.dtype, pl.List | pl.Array | pl.Struct | pl.Map):
        texts = [None if value is None else _json(value) for value in values.to_list()]
        return pl.Series(values.name, texts, pl.String)
    if isinstance(values.dtype, pl.Datetime):
        return _iso(values, values.dtype)
    if isinstance(values.dtype, pl.Duration):
        return values.dt.to_string("iso")
    return values.bin.encode("hex") if isinstance(values.dtype, pl.Binary) else values.cast(pl.String)


def _iso(times: pl.Series, dtype: pl.Datetime) -> pl.Series:
    """Formats times with all their digits, in UTC with a Z; without a zone unchanged."""
    form = f"%Y-%m-%dT%H:%M:%S%.{_DIGITS[dtype.time_unit]}f"
    return times.dt.convert_time_zone("UTC").dt.strftime(f"{form}Z") if dtype.time_zone else times.dt.strftime(form)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _all(text: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.large_string()), count)
