"""Reads a spine from a CSV file with a header: an empty field is null, a quoted empty one is an empty text."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from dataflows.history.datasets.errors import SpineError
from dataflows.history.datasets.spine.csv_mistakes import InvalidRowHandler, is_utf8, mistake_of
from dataflows.history.datasets.spine.plain_types import TEXT, PlainTypes

BLOCK_BYTES = 1 << 24


@dataclass(frozen=True)
class CsvSpine:
    """The rows of a CSV file. `keys` stay texts unless all their values are plain integers.

    Unless `typed`, all columns stay texts.
    """

    place: str
    keys: frozenset[str]
    typed: bool = True

    @cached_property
    def schema(self) -> pa.Schema:
        """Returns the columns; a pass over the file infers their types."""
        names = self._names()
        if not self.typed:
            return pa.schema([(name, TEXT) for name in names])
        types = PlainTypes(names, self.keys)
        for block in self._texts():
            types.see(pl.DataFrame(block))
        column_types = types.types()
        return pa.schema([(name, column_types[name]) for name in names])

    def blocks(self) -> Iterator[pa.RecordBatch]:
        """Yields the rows."""
        schema = self.schema
        for block in self._texts():
            yield block.cast(schema)

    def _names(self) -> list[str]:
        with self._mistakes_named(), self._reader() as reader:
            names: list[str] = reader.schema.names
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise SpineError.of_column(self.place, twice, "occurs twice in the header", "unique names")
        return names

    def _texts(self) -> Iterator[pa.RecordBatch]:
        with self._mistakes_named(), self._reader() as reader:
            yield from (block for block in reader if len(block))

    @contextmanager
    def _mistakes_named(self) -> Iterator[None]:
        try:
            yield
        except pa.ArrowInvalid as error:
            raise mistake_of(self.place, str(error).splitlines()[0], self._header(), self._reader) from error

    def _header(self) -> list[str]:
        with pa.OSFile(self.place) as file:
            return _header(file.read(BLOCK_BYTES), self.place)

    def _reader(
        self, column_type: pa.DataType = TEXT, invalid_row: InvalidRowHandler | None = None
    ) -> pa_csv.CSVStreamingReader:
        """Opens the file; Arrow numbers the rows only if it reads in one thread, as for a handler of invalid rows."""
        return pa_csv.open_csv(
            self.place,
            read_options=pa_csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=invalid_row is None),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=invalid_row),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(self._header(), column_type),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )


def _header(head: bytes, place: str) -> list[str]:
    """Parses the names in the first line."""
    if not head.strip():
        raise SpineError(f"{place}: the file is empty; expected a header with column names")
    line = head.split(b"\n", 1)[0]
    if not is_utf8(line) or b"\0" in line:
        raise SpineError(f"{place}: the header is not UTF-8; save the file as UTF-8")
    first = pa_csv.read_csv(
        pa.BufferReader(line + b"\n"),
        read_options=pa_csv.ReadOptions(autogenerate_column_names=True),
    )
    return [str(first.column(column)[0].as_py() or "") for column in range(first.num_columns)]
