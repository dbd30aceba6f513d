"""Builds typed columns from parsed events, and collects the values that their column cannot hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any

import numpy as np
import polars as pl

from dataflows.definitions import POLARS_TYPES, Source
from dataflows.ingest.decoding.iso_times import times_of
from dataflows.ingest.decoding.parser import ParsedPayloads
from dataflows.ingest.decoding.refusals import RefusalReasons
from dataflows.ingest.decoding.standard_json import field_of
from dataflows.kernels.strings.times import NO_TIME

Wrong = tuple[int, str, str]
"""An event's number, a reason and a sentence."""

_EXACT = 2**53  # above this, doubles cannot represent every integer
_RANGES = {"INT32": range(-(2**31), 2**31), "INT64": range(-(2**63), 2**63)}


@dataclass(frozen=True, slots=True)
class _Found:
    """A batch while its columns are built, with the wrong values found so far."""

    parsed: ParsedPayloads
    payloads: Sequence[bytes]
    wrong: list[Wrong]


class EventColumns:
    """Builds the columns of one source. Unless `empty_id`, the id "" becomes null."""

    def __init__(self, source: Source, empty_id: bool) -> None:
        self._columns = [(name, kind, attrgetter(f"f{i}")) for i, (name, kind) in enumerate(source.columns.items())]
        self._ids = frozenset() if empty_id else frozenset(source.entities.values())
        self._refusals = RefusalReasons(source)

    def __call__(self, parsed: ParsedPayloads, payloads: Sequence[bytes]) -> tuple[pl.DataFrame, list[Wrong]]:
        """Builds a frame of all events; a value that does not fit its column becomes null and is reported."""
        batch = _Found(parsed, payloads, [])
        columns = [self._column(name, kind, list(map(get, parsed.events)), batch) for name, kind, get in self._columns]
        return pl.DataFrame(columns), batch.wrong

    def _column(self, name: str, kind: str, values: list[Any], batch: _Found) -> pl.Series:
        if kind == "TIMESTAMP":
            return self._times(name, values, batch)
        if kind in _RANGES and not batch.parsed.exact and float in set(map(type, values)):
            values = [self._whole(name, kind, row, value, batch) for row, value in enumerate(values)]
        column = pl.Series(name, values, POLARS_TYPES[kind])
        return _nobody(column) if name in self._ids and kind == "STRING" else column

    def _whole(self, name: str, kind: str, row: int, value: int | float | None, batch: _Found) -> int | None:
        """Returns the integer that a number with a point or exponent equals; null and a reject for a fraction."""
        if not isinstance(value, float):
            return value
        payload = batch.payloads[int(batch.parsed.rows[row])]
        exact = Decimal(field_of(payload, name)) if abs(value) >= _EXACT else value
        if exact == int(exact) and int(exact) in _RANGES[kind]:
            return int(exact)
        batch.wrong.append((row, "wrong_type", self._refusals.of_value(name, field_of(payload, name))))
        return None

    def _times(self, name: str, values: list[str | None], batch: _Found) -> pl.Series:
        texts = pl.Series(name, values, pl.String())
        ms = times_of(texts)
        missing = ms == NO_TIME
        times = pl.Series(name, ms).cast(POLARS_TYPES["TIMESTAMP"])
        if not missing.any():
            return times
        for row in np.flatnonzero(missing).tolist():
            if (text := values[row]) is not None:
                batch.wrong.append((row, "wrong_type", self._refusals.of_time(name, text)))
        return times.set(pl.Series(missing), None)


def _nobody(ids: pl.Series) -> pl.Series:
    """Replaces empty ids with null."""
    empty = ids == ""
    return ids.set(empty, None) if empty.any() else ids
