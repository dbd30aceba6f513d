"""Reads a spine from a Parquet file."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from dataflows.history.datasets.errors import SpineError
from dataflows.history.datasets.spine.tables import BLOCK_ROWS


@dataclass(frozen=True, slots=True)
class ParquetSpine:
    """The rows of a Parquet file with its types and metadata."""

    place: str

    @property
    def schema(self) -> pa.Schema:
        """Returns the schema that the file was written with."""
        return pq.read_schema(self.place)

    def blocks(self) -> Iterator[pa.RecordBatch]:
        """Yields the rows, a few row groups at a time. Raises SpineError for a damaged page."""
        try:
            with pq.ParquetFile(self.place, pre_buffer=False) as file:
                yield from file.iter_batches(batch_size=BLOCK_ROWS)
        except (pa.ArrowException, OSError) as error:
            raise SpineError(f"{self.place}: cannot be read: {str(error).splitlines()[0]}") from error
