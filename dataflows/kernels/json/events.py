"""Parses events that are flat JSON objects straight into columns.

Only plain payloads are parsed here. Malformed payloads, repeated fields, and values spelt in another way than their
column expects are left to the general parser, payload by payload.
"""

import numpy as np

from compiled_loops import inlined, kernel
from dataflows.kernels.arrays import Bools, Bytes, Ints, Word
from dataflows.kernels.json.byte_words import load, store
from dataflows.kernels.json.numbers import NOT_PLAIN, integer, real
from dataflows.kernels.json.plain_columns import (
    BOOL,
    ID,
    INT32,
    REAL,
    TEXT,
    TIME,
    UNKNOWN,
    Columns,
    FieldOrder,
    Fields,
)
from dataflows.kernels.json.texts import text_end, unescaped
from dataflows.kernels.json.values import (
    CLOSE,
    COMMA,
    FALSE,
    NULL,
    OPEN,
    QUOTE,
    TRUE,
    skipped,
    space,
    value_after,
    word_end,
)
from dataflows.kernels.strings.times import NO_TIME, time_of

_LARGEST_INT32 = 2**31 - 1
_NOTHING = np.uint64(0)


@kernel
def read_events(
    offsets: Ints, data: Bytes, limit: Word, fields: Fields, columns: Columns, order: FieldOrder, plain: Bools
) -> Word:
    """Parses plain payloads of at most `limit` bytes into consecutive columns; returns the number of events.

    `plain` records which payloads were plain.
    """
    events = 0
    for row in range(plain.shape[0]):
        start, end = offsets[row], offsets[row + 1]
        plain[row] = end - start <= limit and _event(data, start, end, fields, columns, order, events, row + 1)
        events += plain[row]
    return events


@inlined
def _event(
    data: Bytes,
    offset: Word,
    end: Word,
    fields: Fields,
    columns: Columns,
    order: FieldOrder,
    event: Word,
    payload: Word,
) -> bool:
    """Parses one payload; returns whether it is plain. One loop over the fields, because a call would pass every
    array."""
    offset = space(data, offset, end)
    columns_read, last, opening = 0, UNKNOWN, OPEN
    while offset < end and data[offset] == opening:
        column, offset = _key(data, space(data, offset + 1, end), end, fields, order.follows[last + 1])
        if offset == NOT_PLAIN or offset >= end:
            return False
        if column == UNKNOWN:
            offset = skipped(data, offset, end) if fields.skips_unknown else NOT_PLAIN
        elif _enter(order, last, column, payload):
            last, columns_read = column, columns_read + 1
            offset = _value(data, offset, end, fields, columns, column, event)
        else:
            return False
        if offset == NOT_PLAIN:
            return False
        offset = space(data, offset, end)
        opening = COMMA
    if opening != COMMA or offset >= end or data[offset] != CLOSE or space(data, offset + 1, end) != end:
        return False
    return columns_read == fields.kinds.shape[0] or _filled(fields, columns, order.seen, event, payload)


@inlined
def _enter(order: FieldOrder, last: Word, column: Word, payload: Word) -> bool:
    """Notes that a column follows the last one; returns False if the payload repeats the column."""
    if order.seen[column] == payload:
        return False
    order.seen[column] = payload
    order.follows[last + 1] = column
    return True


@inlined
def _key(data: Bytes, offset: Word, end: Word, fields: Fields, expected: Word) -> tuple[Word, Word]:
    """Returns the column of a key, trying the expected one first, and the start of its value."""
    if offset >= end or data[offset] != QUOTE:
        return UNKNOWN, NOT_PLAIN
    offset += 1
    if _is_named(data, offset, fields, expected):
        offset += fields.lengths[expected]
        return expected, value_after(data, offset + 1, end)
    close, escaped = text_end(data, offset, end)
    if close == NOT_PLAIN or escaped:
        return UNKNOWN, NOT_PLAIN
    return _column(data, offset, fields), value_after(data, close + 1, end)


@inlined
def _is_named(data: Bytes, offset: Word, fields: Fields, column: Word) -> bool:
    """Returns whether a key equals the name of a column, up to its quote."""
    for word in range(fields.names.shape[1]):
        if (load(data, offset + 8 * word) ^ fields.names[column, word]) & fields.masks[column, word] != _NOTHING:
            return False
        if fields.lengths[column] < 8 * (word + 1):
            break
    return True


@kernel
def _column(data: Bytes, offset: Word, fields: Fields) -> Word:
    for column in range(fields.kinds.shape[0]):
        if _is_named(data, offset, fields, column):
            return column
    return UNKNOWN


@inlined
def _value(data: Bytes, offset: Word, end: Word, fields: Fields, columns: Columns, column: Word, event: Word) -> Word:
    """Parses a value into its column; returns where it ends."""
    kind = fields.kinds[column]
    if data[offset] == NULL[0]:
        if fields.required[column]:
            return NOT_PLAIN
        _without_value(columns, column, event)
        return word_end(data, offset, end, NULL)
    columns.valid[column, event] = True
    if kind == TEXT or kind == ID:
        return _text(data, offset, end, columns, column, kind, event)
    if kind == REAL:
        word, offset = real(data, offset, end)
    elif kind == BOOL:
        word, offset = _truth(data, offset, end)
    elif kind == TIME:
        word, offset = _time(data, offset, end)
    else:
        word, offset = _integer(data, offset, end, kind)
    columns.words[column, event] = word
    return offset


@inlined
def _text(data: Bytes, offset: Word, end: Word, columns: Columns, column: Word, kind: Word, event: Word) -> Word:
    if data[offset] != QUOTE:
        return NOT_PLAIN
    offset += 1
    close, escaped = text_end(data, offset, end)
    if close == NOT_PLAIN:
        return NOT_PLAIN
    if escaped:
        _keep_unescaped(data, offset, close, columns, column, event)
    else:
        columns.words[column, event] = offset
        columns.lengths[column, event] = close - offset
    if kind == ID and close == offset:
        columns.valid[column, event] = False
    return close + 1


@inlined
def _keep_unescaped(data: Bytes, offset: Word, close: Word, columns: Columns, column: Word, event: Word) -> None:
    start = columns.taken[0]
    columns.taken[0] = unescaped(data, offset, close, columns.others, start)
    columns.words[column, event] = -1 - start
    columns.lengths[column, event] = columns.taken[0] - start


@inlined
def _integer(data: Bytes, offset: Word, end: Word, kind: Word) -> tuple[Word, Word]:
    word, offset = integer(data, offset, end)
    if kind == INT32 and not -_LARGEST_INT32 <= word <= _LARGEST_INT32:
        return word, NOT_PLAIN
    return word, offset


@kernel
def _truth(data: Bytes, offset: Word, end: Word) -> tuple[Word, Word]:
    if data[offset] == TRUE[0]:
        return 1, word_end(data, offset, end, TRUE)
    return 0, word_end(data, offset, end, FALSE)


@kernel
def _time(data: Bytes, offset: Word, end: Word) -> tuple[Word, Word]:
    if data[offset] != QUOTE:
        return 0, NOT_PLAIN
    close, escaped = text_end(data, offset + 1, end)
    if close == NOT_PLAIN or escaped:
        return 0, NOT_PLAIN
    time = time_of(data, offset + 1, close)
    return (0, NOT_PLAIN) if time == NO_TIME else (time, close + 1)


@inlined
def _without_value(columns: Columns, column: Word, event: Word) -> None:
    columns.valid[column, event] = False
    columns.words[column, event] = columns.lengths[column, event] = 0


@inlined
def _filled(fields: Fields, columns: Columns, seen: Ints, event: Word, payload: Word) -> bool:
    """Nulls the columns that the payload lacks; returns False if one of them is required."""
    for column in range(seen.shape[0]):
        if seen[column] != payload:
            if fields.required[column]:
                return False
            _without_value(columns, column, event)
    return True


@kernel
def copy_texts(data: Bytes, others: Bytes, starts: Ints, ends: Ints, texts: Bytes) -> None:
    """Copies texts one after the other, eight bytes at a time, so that up to seven bytes more may be written.

    Text i goes from `ends[i]` to `ends[i + 1]`.
    """
    for row in range(starts.shape[0]):
        start, to, end = starts[row], ends[row], ends[row + 1]
        while to < end:
            store(texts, to, load(data, start) if start >= 0 else load(others, -1 - start))
            start += 8 if start >= 0 else -8
            to += 8
