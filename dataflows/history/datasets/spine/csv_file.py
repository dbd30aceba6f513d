"""A spine in a CSV file with a header: an empty field is null, a quoted empty one an empty text."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from dataflows.history.datasets.errors import SpineError
from dataflows.history.datasets.spine.plain_types import TEXT, PlainTypes

BLOCK_BYTES = 1 << 24


@dataclass(frozen=True)
class CsvSpine:
    """The rows of a CSV file. Columns that are `kept` stay texts unless all their values are plain whole numbers.

    Not `typed`, all columns stay the texts that they are.
    """

    place: str
    kept: frozenset[str]
    typed: bool = True

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns; their types are found by a pass over the file."""
        names = self._names()
        if not self.typed:
            return pa.schema([(name, TEXT) for name in names])
        types = PlainTypes(names, self.kept)
        for block in self._texts():
            types.see(pl.DataFrame(block))
        column_types = types.types()
        return pa.schema([(name, column_types[name]) for name in names])

    def blocks(self) -> Iterator[pa.RecordBatch]:
        """The rows."""
        schema = self.schema
        for block in self._texts():
            yield block.cast(schema)

    def _names(self) -> list[str]:
        with self._reader() as reader:
            names: list[str] = reader.schema.names
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise SpineError.of_column(self.place, twice, "occurs twice in the header", "each name once")
        return names

    def _texts(self) -> Iterator[pa.RecordBatch]:
        with self._reader() as reader:
            yield from (block for block in reader if len(block))

    def _reader(self) -> pa_csv.CSVStreamingReader:
        with pa.OSFile(self.place) as file:
            names = _header(file.read(BLOCK_BYTES), self.place)
        return pa_csv.open_csv(
            self.place,
            read_options=pa_csv.ReadOptions(block_size=BLOCK_BYTES),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, TEXT),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )


def _header(head: bytes, place: str) -> list[str]:
    """The names in the first line."""
    if not head.strip():
        raise SpineError(f"{place}: the file is empty; expected a header with the names of the columns")
    first = pa_csv.read_csv(
        pa.BufferReader(head.split(b"\n", 1)[0] + b"\n"),
        read_options=pa_csv.ReadOptions(autogenerate_column_names=True),
    )
    return [str(first.column(column)[0].as_py() or "") for column in range(first.num_columns)]
