"""Defines a spine: rows in blocks, from any file or table."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

BLOCK_ROWS = 1 << 17
"""Rows per block, which are in memory at a time."""


class Spine(Protocol):
    """The rows that a data set is made for, with one schema for all of them."""

    @property
    def place(self) -> str:
        """Its place, as errors name it."""

    @property
    def schema(self) -> pa.Schema:
        """Returns the columns with their types."""

    def blocks(self) -> Iterator[pa.RecordBatch]:
        """Yields the rows in order, a block at a time; each call starts over."""


@dataclass(frozen=True, slots=True)
class TableSpine:
    """A spine in memory."""

    table: pa.Table
    place: str = "the spine"

    @property
    def schema(self) -> pa.Schema:
        """Returns the schema of the table."""
        return self.table.schema

    def blocks(self) -> Iterator[pa.RecordBatch]:
        """Yields the rows of the table."""
        yield from self.table.to_batches(max_chunksize=BLOCK_ROWS)
