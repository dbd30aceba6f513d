"""Processes eight bytes at once, as a word whose lowest byte comes first; reads may run past the end of a text.

The bit tricks are from S. Anderson, Bit Twiddling Hacks: a mark sets the highest bit of each matching byte. Marks above
the lowest one may be false.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic

from compiled_loops import inlined
from dataflows.kernels.arrays import Word

PADDING = bytes(16)
"""Number of bytes that must follow the last text."""

_Built = tuple[Any, Callable[..., Any]]
_intrinsic: Callable[[Callable[..., _Built]], Callable[..., Any]] = intrinsic


def _pointer(context: Any, builder: Any, array_type: Any, array: Any, offset: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [offset]), context.get_value_type(types.uint64).as_pointer())


@_intrinsic
def load(typing: Any, data: Any, offset: Any) -> _Built:
    """Loads eight bytes from a position."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_pointer(context, builder, signature.args[0], *arguments), align=1)

    return types.uint64(data, types.int64), code


@_intrinsic
def store(typing: Any, data: Any, offset: Any, word: Any) -> _Built:
    """Stores eight bytes."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, position, value = arguments
        builder.store(value, _pointer(context, builder, signature.args[0], array, position), align=1)
        return context.get_dummy_value()

    return types.void(data, types.int64, types.uint64), code


def _of_each(byte: int) -> np.uint64:
    return np.uint64(int.from_bytes(bytes([byte] * 8), "little"))


_ONES, _HIGH, _SPACES, _QUOTES, _BACKSLASHES = map(_of_each, (1, 0x80, 0x20, ord('"'), ord("\\")))
_PLACES, _SEVEN, _TOP_BYTE = np.uint64(0x0001020304050607), np.uint64(7), np.uint64(56)


@inlined
def marks_of_specials(word: Word) -> Word:
    """Marks quotes, backslashes, control characters and bytes beyond ASCII."""
    quotes, backslashes = word ^ _QUOTES, word ^ _BACKSLASHES
    zeros = ((quotes - _ONES) & ~quotes) | ((backslashes - _ONES) & ~backslashes)
    return (zeros | ((word - _SPACES) & ~word) | word) & _HIGH


@inlined
def first_marked(marks: Word) -> Word:
    """Returns the index of the lowest marked byte; at least one must be marked."""
    return np.int64(((marks & (~marks + np.uint64(1))) >> _SEVEN) * _PLACES >> _TOP_BYTE)


_ZEROS, _HIGH_HALVES, _TO_TEN, _THREES = map(_of_each, (ord("0"), 0xF0, 6, 0x33))
_PAIRS = np.uint64(0x000000FF000000FF)
_HUNDREDS, _TEN_THOUSANDS = np.uint64(100 + (10**6 << 32)), np.uint64(1 + (10**4 << 32))
_TEN, _EIGHT, _SIXTEEN, _HALF, _FOUR = np.uint64(10), np.uint64(8), np.uint64(16), np.uint64(32), np.uint64(4)


@inlined
def are_digits(word: Word) -> Word:
    """Returns whether all eight bytes are digits."""
    return (word & _HIGH_HALVES) | (((word + _TO_TEN) & _HIGH_HALVES) >> _FOUR) == _THREES


@inlined
def number_of(word: Word) -> Word:
    """Returns the number that eight digits spell (after D. Lemire, Quickly parsing eight digits)."""
    word -= _ZEROS
    word = word * _TEN + (word >> _EIGHT)
    return ((word & _PAIRS) * _HUNDREDS + ((word >> _SIXTEEN) & _PAIRS) * _TEN_THOUSANDS) >> _HALF
