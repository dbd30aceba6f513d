"""Values of JSON that nobody asked for are skipped, and must be valid all the same."""

import numpy as np

from compiled_loops import kernel
from dataflows.kernels.arrays import Bytes, Word
from dataflows.kernels.json_numbers import NOT_PLAIN, real
from dataflows.kernels.json_texts import text_end

OPEN, CLOSE, COMMA, QUOTE = b'{},"'
TRUE, FALSE, NULL = (np.frombuffer(word, np.uint8) for word in (b"true", b"false", b"null"))
_ARRAY, _ARRAY_END, _COLON, _SPACE, _TAB, _LINE_FEED, _RETURN = b"[]: \t\n\r"
_DEEPEST = 60  # a bit of a word for each level
_ONE = np.uint64(1)


@kernel
def space(data: Bytes, at: Word, end: Word) -> Word:
    """Returns where the white space ends."""
    while at < end and data[at] <= _SPACE:
        if data[at] != _SPACE and data[at] != _LINE_FEED and data[at] != _TAB and data[at] != _RETURN:
            return at
        at += 1
    return at


@kernel
def word_end(data: Bytes, at: Word, end: Word, word: Bytes) -> Word:
    """Returns where a word ends; `NOT_PLAIN` if it is another."""
    if at + word.shape[0] > end:
        return NOT_PLAIN
    for index in range(word.shape[0]):
        if data[at + index] != word[index]:
            return NOT_PLAIN
    return at + word.shape[0]


@kernel
def value_after(data: Bytes, at: Word, end: Word) -> Word:
    """Returns where the value behind a key begins; the key has ended at `at`."""
    at = space(data, at, end)
    if at >= end or data[at] != _COLON:
        return NOT_PLAIN
    return space(data, at + 1, end)


@kernel
def skipped(data: Bytes, at: Word, end: Word) -> Word:
    """Returns where a value of any kind ends; a stack of bits says which of what is open are objects."""
    objects, depth = np.uint64(0), 0
    while at < end:
        if data[at] == OPEN or data[at] == _ARRAY:
            if depth == _DEEPEST:
                return NOT_PLAIN
            in_object = data[at] == OPEN
            objects, depth = objects << _ONE | np.uint64(in_object), depth + 1
            at = space(data, at + 1, end)
            if at < end and data[at] != _closing(in_object):
                at = _member(data, at, end, in_object)
                continue
        else:
            at = _scalar_end(data, at, end)
        at, objects, depth = _closed(data, at, end, objects, depth)
        if depth == 0 or at == NOT_PLAIN:
            return at
        at = _member(data, space(data, at + 1, end), end, objects & _ONE == _ONE)
    return NOT_PLAIN


@kernel
def _closed(data: Bytes, at: Word, end: Word, objects: Word, depth: Word) -> tuple[Word, Word, Word]:
    """Closes what ends behind a value, up to the comma before the next value."""
    while depth > 0 and at != NOT_PLAIN:
        at = space(data, at, end)
        if at < end and data[at] == COMMA:
            break
        if at >= end or data[at] != _closing(objects & _ONE == _ONE):
            return NOT_PLAIN, objects, depth
        at, objects, depth = at + 1, objects >> _ONE, depth - 1
    return at, objects, depth


@kernel
def _closing(in_object: bool) -> Word:
    return CLOSE if in_object else _ARRAY_END


@kernel
def _member(data: Bytes, at: Word, end: Word, in_object: bool) -> Word:
    """Returns where the value of a member begins; past the end where there is none."""
    if not in_object:
        return at
    if at >= end or data[at] != QUOTE:
        return end
    close = text_end(data, at + 1, end)[0]
    after = NOT_PLAIN if close == NOT_PLAIN else value_after(data, close + 1, end)
    return end if after == NOT_PLAIN else after


@kernel
def _scalar_end(data: Bytes, at: Word, end: Word) -> Word:
    if data[at] == QUOTE:
        close = text_end(data, at + 1, end)[0]
        return close if close == NOT_PLAIN else close + 1
    if data[at] == TRUE[0]:
        return word_end(data, at, end, TRUE)
    if data[at] == FALSE[0]:
        return word_end(data, at, end, FALSE)
    if data[at] == NULL[0]:
        return word_end(data, at, end, NULL)
    return real(data, at, end)[1]
