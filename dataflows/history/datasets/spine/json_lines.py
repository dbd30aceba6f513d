"""Reads a spine from JSON lines: one object per line; a missing field is null."""

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec
import polars as pl
import pyarrow as pa
from polars.exceptions import PolarsError

from connectors.errors import UNDECODABLE
from dataflows.history.datasets.errors import SpineError

BLOCK_BYTES = 1 << 24
_KEYS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_WIDE = pl.Decimal(38, 0)
"""Type that replaces 128-bit integers, which Arrow does not have."""


@dataclass(frozen=True)
class JsonSpine:
    """The rows of a file of JSON lines; a pass over the file infers the types."""

    place: str

    @cached_property
    def schema(self) -> pa.Schema:
        """Returns the fields in order of first occurrence."""
        types = {name: _WIDE if dtype == pl.Int128 else dtype for name, dtype in self._types.items()}
        return pl.DataFrame(schema=types).to_arrow().schema

    @cached_property
    def _types(self) -> dict[str, pl.DataType]:
        columns = pl.DataFrame()
        for first, text in self._lines():
            try:
                columns = pl.concat([columns, _read(text, None).clear()], how="diagonal_relaxed")
            except PolarsError:
                raise self._mistake(first, text) from None
        types = {name: pl.String() if dtype == pl.Null else dtype for name, dtype in columns.schema.items()}
        return {name: types[name] for name in self._in_order(set(types))}

    def _in_order(self, names: set[str]) -> dict[str, None]:
        """Orders fields by first occurrence: inference puts those that some objects do not have elsewhere."""
        in_order: dict[str, None] = {}
        for first, text in self._lines():
            for line in text.split(b"\n"):
                if len(in_order) == len(names):
                    return in_order
                if line.strip():
                    in_order |= dict.fromkeys(self._keys(line, first, text))
        return in_order

    def _keys(self, line: bytes, first: int, text: bytes) -> Iterable[str]:
        try:
            return _KEYS.decode(line)
        except UNDECODABLE:
            raise self._mistake(first, text) from None

    def blocks(self) -> Iterator[pa.RecordBatch]:
        """Yields the rows."""
        schema = self.schema
        for _, text in self._lines():
            frame = _read(text, self._types)
            wide = frame.with_columns(pl.col(pl.Int128).cast(_WIDE))
            yield from wide.to_arrow().cast(schema).combine_chunks().to_batches()

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """Yields whole lines, and the number of the row that begins them."""
        row, rest = 0, b""
        with Path(self.place).open("rb") as file:
            if file.read(len(BOM_UTF8)) != BOM_UTF8:  # programs on Windows write one
                file.seek(0)
            while data := file.read(BLOCK_BYTES):
                whole, end, rest_of = (rest + data).rpartition(b"\n")
                rest = rest_of
                if whole.strip():
                    yield row, whole + end
                    row += _rows(whole)
        if rest.strip():
            yield row, rest

    def _mistake(self, first: int, text: bytes) -> SpineError:
        """Finds the unreadable line by reading each line of a block by itself."""
        for row, line in enumerate((line for line in text.split(b"\n") if line.strip()), first):
            if not _is_object(line):
                shown = line[:80].decode(errors="replace")
                return SpineError(
                    f"{self.place}: row {row} (the first is 0): {shown}; expected one JSON object per line"
                )
        return SpineError(f"{self.place}: a field has values of different types; expected one type per field")


def _read(text: bytes, types: dict[str, pl.DataType] | None) -> pl.DataFrame:
    return pl.read_ndjson(text, schema=types, infer_schema_length=None)


def _rows(text: bytes) -> int:
    return sum(1 for line in text.split(b"\n") if line.strip())


def _is_object(line: bytes) -> bool:
    try:
        _KEYS.decode(line)
        return len(_read(line, None)) == 1
    except (*UNDECODABLE, PolarsError):
        return False
