"""Limits the size of feature rows: withholds the largest values of a row that is too large and serves the others.

Only texts and lists can be large. Most batches pass a bound that costs two reductions per column; the exact sizes, of
values as JSON, are computed only if the bound is exceeded.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from dataflows.definitions import Feature
from dataflows.kernels.arrays import Bools, Ints
from dataflows.rows.validator import Quarantined, ValidatedRows
from reports.records import Sample

log = logging.getLogger(__name__)


Masks = Mapping[str, Bools]
_ESCAPED = 6  # most bytes of JSON per byte of text
_ELEMENT = 40  # most bytes of JSON for a number or a time
_FIXED = 256  # bytes of a row besides its values
_SHOWN = 200  # characters of a withheld value that its dead letter shows


class RowLimit:
    """Withholds values of rows beyond `most_bytes`; `_quarantined` names them like values that break a rule."""

    def __init__(self, features: Sequence[Feature], most_bytes: int) -> None:
        self._features = {f.feature_name: f for f in features if _is_large(f)}
        self._most_bytes = most_bytes
        self._logged = set[str]()
        self._fixed = _FIXED + sum(_ELEMENT + len(f.feature_name) for f in features)

    def __call__(self, checked: ValidatedRows) -> ValidatedRows:
        """Returns the rows, nearly always unchanged."""
        frame = checked.rows.frame
        if not self._features or self._bound(frame) <= self._most_bytes:
            return checked
        sizes = {name: _sizes(frame[name]) for name in self._features}
        large = self._large(sizes)
        return self._without(checked, large) if large else checked

    def _bound(self, frame: pl.DataFrame) -> int:
        """Returns an upper bound for the bytes of a row."""
        return self._fixed + sum(_longest(frame[name]) for name in self._features)

    def _large(self, sizes: Mapping[str, Ints]) -> dict[str, Bools]:
        """Returns, per feature, the rows whose value is withheld: the largest first, until the rest fits."""
        names, table = list(sizes), np.stack(list(sizes.values()))
        gone = np.zeros(table.shape, np.bool_)
        left = table.sum(axis=0) + self._fixed
        while len(rows := np.flatnonzero((left > self._most_bytes) & ~gone.all(axis=0))):
            largest = np.where(gone[:, rows], -1, table[:, rows]).argmax(axis=0)
            gone[largest, rows] = True
            left[rows] -= table[largest, rows]
        return {name: gone[index] for index, name in enumerate(names) if gone[index].any()}

    def _without(self, checked: ValidatedRows, large: Masks) -> ValidatedRows:
        quarantined = tuple(self._quarantined(checked.rows.frame, large))
        rows = replace(checked.rows, frame=_withheld(checked.rows.frame, large))
        return replace(checked, rows=rows, quarantined=(*checked.quarantined, *quarantined))

    def _quarantined(self, frame: pl.DataFrame, large: Masks) -> Iterator[Quarantined]:
        rule = f"max_row_bytes {self._most_bytes}"
        for name, mask in large.items():
            self._say(name)
            for entity, time, value in frame.select("_id", "_as_of", name)[np.flatnonzero(mask)].iter_rows():
                sample = Sample(entity=entity, value=str(value)[:_SHOWN], at_ms=time, reason=rule)
                yield Quarantined(self._features[name], rule, sample)

    def _say(self, name: str) -> None:
        """Logs the first withheld value of a feature; dead letters and their metric count the others."""
        if name not in self._logged:
            self._logged.add(name)
            limit = self._most_bytes
            log.warning(
                "%s: a value is withheld, because its row exceeds %d bytes (HEADRACE_MAX_ROW_BYTES)", name, limit
            )


def _withheld(frame: pl.DataFrame, large: Masks) -> pl.DataFrame:
    """Removes these values and adds their names to `_quarantined`."""
    names = frame["_quarantined"].to_list()
    for name, mask in large.items():
        for row in np.flatnonzero(mask).tolist():
            names[row] = ",".join(sorted({*(names[row] or "").split(","), name} - {""}))
    columns = [pl.when(~pl.Series(mask)).then(pl.col(name)).alias(name) for name, mask in large.items()]
    return frame.with_columns(pl.Series("_quarantined", names, pl.String), *columns)


def _is_large(feature: Feature) -> bool:
    return feature.value_type == "STRING" or feature.value_type.startswith("ARRAY<")


def _longest(column: pl.Series) -> int:
    """Returns an upper bound for the bytes of the largest value as JSON."""
    if column.dtype == pl.String:
        return _ESCAPED * _largest(column.str.len_bytes())
    inner = column.explode()
    element = _ESCAPED * _largest(inner.str.len_bytes()) + 3 if inner.dtype == pl.String else _ELEMENT
    return _largest(column.list.len()) * element


def _largest(numbers: pl.Series) -> int:
    """Returns the largest of these integers, 0 if there are none."""
    largest = numbers.max()
    return largest if isinstance(largest, int) else 0


def _sizes(column: pl.Series) -> Ints:
    """Returns the bytes of every value as JSON."""
    encoded = column.to_frame("v").select(pl.struct("v").struct.json_encode().str.len_bytes()).to_series()
    return encoded.to_numpy().astype(np.int64)
