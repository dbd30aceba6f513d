"""Skips JSON values of fields that no column needs, and checks that they are valid."""

import numpy as np

from compiled_loops import kernel
from dataflows.kernels.arrays import Bytes, Word
from dataflows.kernels.json.numbers import NOT_PLAIN, real
from dataflows.kernels.json.texts import text_end

OPEN, CLOSE, COMMA, QUOTE = b'{},"'
TRUE, FALSE, NULL = (np.frombuffer(word, np.uint8) for word in (b"true", b"false", b"null"))
_ARRAY, _ARRAY_END, _COLON, _SPACE, _TAB, _LINE_FEED, _RETURN = b"[]: \t\n\r"
_DEEPEST = 60  # one bit of a word per level
_ONE = np.uint64(1)


@kernel
def space(data: Bytes, offset: Word, end: Word) -> Word:
    """Returns the position after white space."""
    while offset < end and data[offset] <= _SPACE:
        if data[offset] != _SPACE and data[offset] != _LINE_FEED and data[offset] != _TAB and data[offset] != _RETURN:
            return offset
        offset += 1
    return offset


@kernel
def word_end(data: Bytes, offset: Word, end: Word, word: Bytes) -> Word:
    """Returns the position after a literal; `NOT_PLAIN` if the bytes differ."""
    if offset + word.shape[0] > end:
        return NOT_PLAIN
    for index in range(word.shape[0]):
        if data[offset + index] != word[index]:
            return NOT_PLAIN
    return offset + word.shape[0]


@kernel
def value_after(data: Bytes, offset: Word, end: Word) -> Word:
    """Returns the start of the value of a key that ends at `offset`."""
    offset = space(data, offset, end)
    if offset >= end or data[offset] != _COLON:
        return NOT_PLAIN
    return space(data, offset + 1, end)


@kernel
def skipped(data: Bytes, offset: Word, end: Word) -> Word:
    """Returns where a value of any type ends; a stack of bits tells open objects from open arrays."""
    objects, depth = np.uint64(0), 0
    while offset < end:
        if data[offset] == OPEN or data[offset] == _ARRAY:
            if depth == _DEEPEST:
                return NOT_PLAIN
            in_object = data[offset] == OPEN
            objects, depth = objects << _ONE | np.uint64(in_object), depth + 1
            offset = space(data, offset + 1, end)
            if offset < end and data[offset] != _closing(in_object):
                offset = _member(data, offset, end, in_object)
                continue
        else:
            offset = _scalar_end(data, offset, end)
        offset, objects, depth = _closed(data, offset, end, objects, depth)
        if depth == 0 or offset == NOT_PLAIN:
            return offset
        offset = _member(data, space(data, offset + 1, end), end, objects & _ONE == _ONE)
    return NOT_PLAIN


@kernel
def _closed(data: Bytes, offset: Word, end: Word, objects: Word, depth: Word) -> tuple[Word, Word, Word]:
    """Closes the objects and arrays that end after a value, up to the comma before the next value."""
    while depth > 0 and offset != NOT_PLAIN:
        offset = space(data, offset, end)
        if offset < end and data[offset] == COMMA:
            break
        if offset >= end or data[offset] != _closing(objects & _ONE == _ONE):
            return NOT_PLAIN, objects, depth
        offset, objects, depth = offset + 1, objects >> _ONE, depth - 1
    return offset, objects, depth


@kernel
def _closing(in_object: bool) -> Word:
    return CLOSE if in_object else _ARRAY_END


@kernel
def _member(data: Bytes, offset: Word, end: Word, in_object: bool) -> Word:
    """Returns the start of a member's value; a position past the end if there is none."""
    if not in_object:
        return offset
    if offset >= end or data[offset] != QUOTE:
        return end
    close = text_end(data, offset + 1, end)[0]
    after = NOT_PLAIN if close == NOT_PLAIN else value_after(data, close + 1, end)
    return end if after == NOT_PLAIN else after


@kernel
def _scalar_end(data: Bytes, offset: Word, end: Word) -> Word:
    if data[offset] == QUOTE:
        close = text_end(data, offset + 1, end)[0]
        return close if close == NOT_PLAIN else close + 1
    if data[offset] == TRUE[0]:
        return word_end(data, offset, end, TRUE)
    if data[offset] == FALSE[0]:
        return word_end(data, offset, end, FALSE)
    if data[offset] == NULL[0]:
        return word_end(data, offset, end, NULL)
    return real(data, offset, end)[1]
