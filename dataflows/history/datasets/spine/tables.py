"""A spine: rows in blocks, whatever file or table they come from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

BLOCK_ROWS = 1 << 17
"""Rows of a block: what is in memory at a time."""


class Spine(Protocol):
    """The rows that a data set is made for, with a schema that holds for all of them."""

    @property
    def place(self) -> str:
        """Where it is, as errors name it."""

    @property
    def schema(self) -> pa.Schema:
        """The columns with their types."""

    def blocks(self) -> Iterator[pa.RecordBatch]:
        """The rows in their order, a block at a time; each call starts over."""


@dataclass(frozen=True, slots=True)
class TableSpine:
    """A spine in memory."""

    table: pa.Table
    place: str = "the spine"

    @property
    def schema(self) -> pa.Schema:
        """That of the table."""
        return self.table.schema

    def blocks(self) -> Iterator[pa.RecordBatch]:
        """The rows of the table."""
        yield from self.table.to_batches(max_chunksize=BLOCK_ROWS)
