"""Compiles the loop that writes the words of rows as RESP bulk strings."""

import numpy as np
import numpy.typing as npt

from compiled_loops import inlined, kernel

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_CR, _LF, _DOLLAR, _ZERO = b"\r\n$0"


@inlined
def _head(out: Bytes, offset: int, length: int) -> int:
    digits, remaining = 1, length // 10
    while remaining:
        digits, remaining = digits + 1, remaining // 10
    out[offset], out[offset + 1], out[offset + 2] = _CR, _LF, _DOLLAR
    for place in range(digits):
        out[offset + 2 + digits - place] = _ZERO + length % 10
        length //= 10
    out[offset + 3 + digits], out[offset + 4 + digits] = _CR, _LF
    return offset + 5 + digits


@kernel
def write_words(offsets: Ints, data: Bytes, first: Bytes, out: Bytes, ends: Ints) -> None:
    """Writes the words of each row: its line of `first`, then every column's text; `ends` receives where rows end."""
    offset, (rows, width) = 0, first.shape
    for row in range(rows):
        if width:
            offset = _head(out, offset, width)
            for place in range(width):
                out[offset + place] = first[row, place]
            offset += width
        for text in range(row, len(offsets) - 1, rows):
            start, stop = offsets[text], offsets[text + 1]
            offset = _head(out, offset, stop - start)
            for place in range(start, stop):
                out[offset] = data[place]
                offset += 1
        ends[row + 1] = offset
