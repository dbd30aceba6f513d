"""Infers the types of CSV columns: types to which every value converts without another spelling.

007, 1_000 and a number of 19 digits stay texts, because as numbers they would be written differently.
"""

from collections.abc import Iterable, Mapping

import polars as pl
import pyarrow as pa

_WHOLE = r"^(0|-?[1-9][0-9]{0,17})$"
_REAL = r"^-?(0|[1-9][0-9]{0,16})(\.[0-9]{1,17})?([eE][+-]?[0-9]{1,2})?$"
_TRUTH = r"^(true|false)$"
_TYPES = (("whole", _WHOLE, pa.int64()), ("real", _REAL, pa.float64()), ("truth", _TRUTH, pa.bool_()))
TEXT = pa.large_string()


class PlainTypes:
    """The possible types of each column so far; `keys` are never reals or booleans."""

    def __init__(self, names: Iterable[str], keys: frozenset[str]) -> None:
        self._possible = {
            name: [row for row in _TYPES if name not in keys or row[0] == "whole"] for name in dict.fromkeys(names)
        }
        self._seen = dict.fromkeys(self._possible, 0)

    def see(self, block: pl.DataFrame) -> None:
        """Narrows the types by a block of texts."""
        for name, possible in self._possible.items():
            values = block.get_column(name)
            self._seen[name] += len(values) - values.null_count()
            self._possible[name] = [row for row in possible if values.str.contains(row[1]).all()]

    def types(self) -> Mapping[str, pa.DataType]:
        """Returns the narrowest type of each column; text for a column without values."""
        return {
            name: possible[0][2] if possible and self._seen[name] else TEXT for name, possible in self._possible.items()
        }
