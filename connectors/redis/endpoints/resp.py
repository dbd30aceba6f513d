"""Builds Redis requests as columns: the words of all rows in one compiled loop, no Python per row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from connectors.redis.endpoints.resp_loops import Bytes, Ints, write_words

_HEAD = 24  # most bytes before a text: two line ends, `$` and a length


def command(*words: bytes) -> bytes:
    r"""Encodes words as RESP bulk strings, each after the line end of the previous one.

    >>> command(b"DEL", b"k")
    b'\r\n$3\r\nDEL\r\n$1\r\nk'
    """
    return b"".join(b"\r\n$%d\r\n%b" % (len(word), word) for word in words)


def request(words: int, *parts: bytes | memoryview) -> bytes:
    r"""Builds one request of `words` words from parts made by `command` and `RespWords`.

    >>> request(2, command(b"DEL"), command(b"k"))
    b'*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n'
    """
    return b"".join((b"*%d" % words, *parts, b"\r\n"))


@dataclass(frozen=True, slots=True)
class RespWords:
    """The words of rows, one after another; `ends` starts with 0 and holds where each row ends."""

    data: memoryview
    ends: Ints

    def of(self, first: int, last: int) -> memoryview:
        """Returns the words of the rows first..last."""
        return self.data[self.ends[first] : self.ends[last]]


@dataclass(frozen=True, slots=True)
class Texts:
    """String columns of equal length, concatenated: text i is `data[offsets[i]:offsets[i + 1]]`."""

    offsets: Ints
    data: Bytes
    valid: Bytes | None
    rows: int

    @classmethod
    def concatenated(cls, columns: Sequence[pl.Series]) -> "Texts":
        """Concatenates the texts of at least one column."""
        array = pl.concat(columns, rechunk=True).to_arrow(compat_level=pl.CompatLevel.oldest())
        valid, offsets, data = array.buffers()
        return cls(
            np.frombuffer(offsets, np.int64)[: len(array) + 1],
            np.frombuffer(data or b"", np.uint8),
            None if valid is None else np.frombuffer(valid, np.uint8),
            len(columns[0]),
        )

    def present(self, columns: int) -> Bytes:
        """Returns which texts of the first columns are not null: 1 or 0, one line per row."""
        if self.valid is None:
            return np.ones((self.rows, columns), np.uint8)
        return np.unpackbits(self.valid, count=columns * self.rows, bitorder="little").reshape(columns, -1).T

    def words(self, first: Bytes) -> RespWords:
        """Returns the columns' words row by row, null as an empty word; each row starts with its line of `first`, if
        any."""
        size = len(self.data) + first.size + (len(self.offsets) + self.rows) * _HEAD
        out, ends = np.empty(size, np.uint8), np.zeros(self.rows + 1, np.int64)
        write_words(self.offsets, self.data, np.ascontiguousarray(first), out, ends)
        return RespWords(out.data, ends)
