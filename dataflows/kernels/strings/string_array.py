"""A column of strings as two arrays, cheap to slice, to send and to pass to kernels."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from dataflows.kernels.arrays import Bytes, Ints

_BUFFERS = pl.CompatLevel.oldest()  # one contiguous byte buffer, no string views


@dataclass(frozen=True, slots=True)
class Strings:
    """UTF-8 strings: string i is `data[offsets[i]:offsets[i + 1]]`."""

    offsets: Ints
    data: Bytes

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def size(self, rows: range) -> int:
        """Returns the number of bytes of a range of strings."""
        return int(self.offsets[rows.stop] - self.offsets[rows.start])

    def part(self, start: int, stop: int) -> "Strings":
        """Returns strings start..stop; the bytes are shared, offsets begin at zero."""
        first, last = self.offsets[start], self.offsets[stop]
        return Strings(self.offsets[start : stop + 1] - first, self.data[first:last])

    def arrow(self, valid: "np.ndarray[tuple[int], np.dtype[np.bool_]] | None" = None) -> pa.Array:
        """Returns the strings as an Arrow array; invalid rows are null."""
        mask = None if valid is None else pa.array(valid).buffers()[1]
        buffers = [mask, pa.py_buffer(self.offsets), pa.py_buffer(self.data)]
        return pa.Array.from_buffers(pa.large_string(), len(self), buffers)

    def to_list(self) -> list[str]:
        """Returns the strings as Python objects."""
        texts: list[str] = self.arrow().to_pylist()
        return texts


def strings_of(column: pl.Series) -> Strings:
    """Returns the strings of a polars column; the string of a null is undefined."""
    array = column.rechunk().to_arrow(compat_level=_BUFFERS)
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return Strings(bounds, np.frombuffer(data or b"", np.uint8))


def joined(parts: list[Strings]) -> Strings:
    """Concatenates columns."""
    ends = np.cumsum([0] + [len(part.data) for part in parts])
    offsets = [part.offsets[:-1] + end for part, end in zip(parts, ends[:-1], strict=True)]
    last = np.array([ends[-1]], np.int64)
    return Strings(np.concatenate([*offsets, last]), np.concatenate([part.data for part in parts]))
