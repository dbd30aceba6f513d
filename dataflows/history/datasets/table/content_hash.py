"""Hashes the content of a table: its names, types and values in order, not their encoding in a file."""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataflows.history.datasets.arrow_types import is_text

_NOT_IN_PARQUET = {
    pa.date64(): pa.date32(),
    pa.timestamp("s"): pa.timestamp("ms"),
    pa.timestamp("s", "UTC"): pa.timestamp("ms", "UTC"),
}
"""Types that change when written to a Parquet file."""


class ContentHash:
    """Hashes a table block by block, independent of the blocks.

    >>> whole, cut = ContentHash(), ContentHash()
    >>> table = pa.record_batch({"a": pa.array([1, None, 3]), "b": pa.array(["x", "", None])})
    >>> whole.add(table)
    >>> cut.add(table.slice(0, 1)); cut.add(table.slice(1))
    >>> whole.hexdigest() == cut.hexdigest()
    True
    """

    def __init__(self, schema: pa.Schema | None = None) -> None:
        self._columns = None if schema is None else _columns(schema)
        self._rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Adds a block of rows."""
        if self._columns is None:
            self._columns = _columns(batch.schema)
        self._rows += len(batch)
        for column, values in zip(self._columns, batch.columns, strict=True):
            column.add(values)

    def hexdigest(self) -> str:
        """Returns the SHA-256 of all columns in hexadecimal digits."""
        whole = hashlib.sha256(str(self._rows).encode())
        for column in self._columns or ():
            whole.update(column.digest())
        return whole.hexdigest()


def _columns(schema: pa.Schema) -> "list[_Column]":
    return [_Column(f"{field.name}\0") for field in schema]


class _Column:
    """One column: streams of validity, lengths and bytes; nested values are separate columns."""

    def __init__(self, name: str) -> None:
        self._name = name.encode()
        self._kind = b""
        self._exist, self._lengths, self._data = hashlib.sha256(), hashlib.sha256(), hashlib.sha256()
        self._children: list[_Column] = []

    def add(self, values: pa.Array) -> None:
        plain = _plain(values)
        self._kind = _kind(plain.type).encode()
        self._exist.update(_bytes(pc.is_valid(plain).cast(pa.uint8()).to_numpy(zero_copy_only=False)))
        self._add(plain)

    def digest(self) -> bytes:
        streams = (self._exist, self._lengths, self._data)
        parts = [
            self._name,
            self._kind,
            *(stream.digest() for stream in streams),
            *(c.digest() for c in self._children),
        ]
        return hashlib.sha256(b"".join(parts)).digest()

    def _add(self, values: pa.Array) -> None:
        dtype = values.type
        if pa.types.is_large_list(dtype):
            self._lengths.update(_bytes(pc.fill_null(pc.list_value_length(values), 0).cast(pa.int64()).to_numpy()))
            self._add_children([values.flatten()])
        elif pa.types.is_struct(dtype):
            self._add_children(values.flatten())
        elif pa.types.is_large_binary(dtype):
            self._lengths.update(_bytes(pc.fill_null(pc.binary_length(values), 0).cast(pa.int64()).to_numpy()))
            self._data.update(_joined(values))
        elif not pa.types.is_null(dtype):
            self._data.update(_bytes(_words(values)))

    def _add_children(self, children: Iterable[pa.Array]) -> None:
        for number, child in enumerate(children):
            if number == len(self._children):
                self._children.append(_Column(str(number)))
            self._children[number].add(child)


def _plain(values: pa.Array) -> pa.Array:
    """Converts to one of few forms: numbers, large binary, large lists, structs."""
    dtype = values.type
    if isinstance(dtype, pa.BaseExtensionType):
        return _plain(values.storage)
    if pa.types.is_dictionary(dtype):
        return _plain(values.dictionary_decode())
    if is_text(dtype) or pa.types.is_decimal(dtype):
        return values.cast(pa.large_string()).cast(pa.large_binary())
    if dtype in _NOT_IN_PARQUET:
        return values.cast(_NOT_IN_PARQUET[dtype], safe=False)  # no file can hold a value that does not fit
    form = _form(dtype)
    return values if form is None else values.cast(form)


def _kind(dtype: pa.DataType) -> str:
    """Returns the name of a type without its children, whose names differ between writers."""
    if pa.types.is_struct(dtype):
        return f"struct<{','.join(field.name for field in dtype)}>"
    return "list" if pa.types.is_large_list(dtype) else str(dtype)


def _form(dtype: pa.DataType) -> pa.DataType | None:
    """Returns the type that represents this one; None if it represents itself."""
    if pa.types.is_map(dtype):
        return pa.large_list(pa.struct([("key", dtype.key_type), ("value", dtype.item_type)]))
    if pa.types.is_list(dtype) or pa.types.is_fixed_size_list(dtype) or pa.types.is_list_view(dtype):
        return pa.large_list(dtype.value_type)
    binary = pa.types.is_binary(dtype) or pa.types.is_fixed_size_binary(dtype) or pa.types.is_binary_view(dtype)
    return pa.large_binary() if binary else None


def _joined(values: pa.Array) -> bytes:
    """Returns the concatenated bytes of all existing values."""
    present = values.drop_null() if values.null_count else values
    if not len(present):
        return b""
    offsets = np.frombuffer(present.buffers()[1], np.int64)[present.offset : present.offset + len(present) + 1]
    data = present.buffers()[2]
    return b"" if data is None else bytes(memoryview(data)[offsets[0] : offsets[-1]])


def _words(values: pa.Array) -> Any:
    """Returns numbers, booleans and times as words; zero for nulls."""
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.uint8())
    if pa.types.is_temporal(values.type):
        values = values.view(pa.int32() if values.type.bit_width == 32 else pa.int64())
    zero = pa.scalar(0, pa.int8()).cast(values.type)
    return (pc.fill_null(values, zero) if values.null_count else values).to_numpy(zero_copy_only=False)


def _bytes(numbers: Any) -> bytes:
    return np.ascontiguousarray(numbers).tobytes()
