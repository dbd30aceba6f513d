"""Parses JSON strings: finds where they end and resolves their escapes.

A string that may be invalid, such as one with half a surrogate pair or invalid UTF-8, is left to the general parser.
"""

import numpy as np

from compiled_loops import kernel
from dataflows.kernels.arrays import Bytes, Word
from dataflows.kernels.json.byte_words import first_marked, load, marks_of_specials
from dataflows.kernels.json.numbers import NOT_PLAIN

_QUOTE, _BACKSLASH, _U = b'"\\u'
_ESCAPES, _MEANT = b'"\\/bfnrt', b'"\\/\b\f\n\r\t'
_HEX = b"0123456789abcdef"
_NOTHING = np.uint64(0)


def _table(entries: dict[int, int], other: int) -> Bytes:
    table = np.full(256, other, np.uint8)
    table[list(entries)] = list(entries.values())
    return table


_NO = 255
_PLAIN_ESCAPES = _table(dict(zip(_ESCAPES, _MEANT, strict=True)), _NO)
_DIGITS = _table({byte: value for text in (_HEX, _HEX.upper()) for value, byte in enumerate(text)}, _NO)


@kernel
def text_end(data: Bytes, offset: Word, end: Word) -> tuple[Word, bool]:
    """Returns the position of the closing quote of the string at `offset`, and whether it contains escapes."""
    escaped = False
    while offset < end:
        marks = marks_of_specials(load(data, offset))
        if marks == _NOTHING:
            offset += 8
            continue
        offset += first_marked(marks)
        if offset >= end:
            break
        byte = data[offset]
        if byte == _QUOTE:
            return offset, escaped
        length = _escape_length(data, offset, end) if byte == _BACKSLASH else _letter_length(data, offset, end)
        if length == 0:
            break
        escaped |= byte == _BACKSLASH
        offset += length
    return NOT_PLAIN, escaped


@kernel
def _letter_length(data: Bytes, offset: Word, end: Word) -> Word:
    """Returns the number of bytes of a non-ASCII character; 0 if they are not valid UTF-8."""
    lead = data[offset]
    if 0xC2 <= lead <= 0xDF:
        return 2 if _continued(data, offset + 1, end, 1) else 0
    if 0xE0 <= lead <= 0xEF and _continued(data, offset + 1, end, 2):
        second = data[offset + 1]
        return 0 if (lead == 0xE0 and second < 0xA0) or (lead == 0xED and second > 0x9F) else 3
    if 0xF0 <= lead <= 0xF4 and _continued(data, offset + 1, end, 3):
        second = data[offset + 1]
        return 0 if (lead == 0xF0 and second < 0x90) or (lead == 0xF4 and second > 0x8F) else 4
    return 0


@kernel
def _continued(data: Bytes, offset: Word, end: Word, length: Word) -> bool:
    if offset + length > end:
        return False
    for index in range(offset, offset + length):
        if data[index] & 0xC0 != 0x80:
            return False
    return True


@kernel
def _escape_length(data: Bytes, offset: Word, end: Word) -> Word:
    """Returns the number of bytes of an escape; 0 if it is not valid JSON or is half a surrogate pair."""
    if offset + 1 >= end:
        return 0
    if data[offset + 1] != _U:
        return 2 if _PLAIN_ESCAPES[data[offset + 1]] != _NO else 0
    unit = _unit(data, offset, end)
    if unit < 0 or _is_low(unit):
        return 0
    if not _is_high(unit):
        return 6
    return 12 if _is_low(_unit(data, offset + 6, end)) else 0


@kernel
def _unit(data: Bytes, offset: Word, end: Word) -> Word:
    r"""Returns the sixteen bits of a \u escape; -1 if there is none."""
    if offset + 6 > end or data[offset] != _BACKSLASH or data[offset + 1] != _U:
        return -1
    unit = 0
    for index in range(offset + 2, offset + 6):
        digit = _DIGITS[data[index]]
        if digit == _NO:
            return -1
        unit = unit * 16 + digit
    return unit


@kernel
def _is_high(unit: Word) -> Word:
    return 0xD800 <= unit <= 0xDBFF


@kernel
def _is_low(unit: Word) -> Word:
    return 0xDC00 <= unit <= 0xDFFF


@kernel
def unescaped(data: Bytes, offset: Word, end: Word, target: Bytes, to: Word) -> Word:
    """Copies a string that `text_end` found valid as UTF-8 without escapes; returns where the copy ends."""
    while offset < end:
        if data[offset] != _BACKSLASH:
            target[to] = data[offset]
            offset, to = offset + 1, to + 1
        elif data[offset + 1] != _U:
            target[to] = _PLAIN_ESCAPES[data[offset + 1]]
            offset, to = offset + 2, to + 1
        else:
            letter = _unit(data, offset, end)
            offset += 6
            if _is_high(letter):
                letter = 0x10000 + ((letter - 0xD800) << 10) + _unit(data, offset, end) - 0xDC00
                offset += 6
            to = _written(letter, target, to)
    return to


@kernel
def _written(letter: Word, target: Bytes, to: Word) -> Word:
    """Writes a character as UTF-8; returns the position after it."""
    if letter < 0x80:
        target[to] = letter
        return to + 1
    following = 1 if letter < 0x800 else 2 if letter < 0x10000 else 3
    lead = 0xC0 if following == 1 else 0xE0 if following == 2 else 0xF0
    target[to] = lead | letter >> 6 * following
    for index in range(1, following + 1):
        target[to + index] = 0x80 | letter >> 6 * (following - index) & 0x3F
    return to + following + 1
