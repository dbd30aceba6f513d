"""Parses JSON numbers to integers and doubles, correctly rounded.

A number with too many digits, or on the edge between two doubles, is left to the general parser: the position after it
is then `NOT_PLAIN`.

Doubles follow W. Clinger, How to read floating point numbers accurately, 1990, for few digits, and D. Lemire, Number
parsing at a gigabyte per second, 2021, for up to nineteen.
"""

import numpy as np

from compiled_loops import inlined, kernel
from dataflows.kernels.arrays import Bytes, Word
from dataflows.kernels.json.byte_words import are_digits, load, number_of
from dataflows.kernels.json.powers_of_five import EXACT_TENS, LEAST, MOST, POWERS
from dataflows.kernels.partials import bits

NOT_PLAIN = -1
"""Returned as the end of a value that is not parsed here."""

_ZERO, _NINE, _MINUS, _PLUS, _POINT, _E, _SMALL_E = b"09-+.Ee"
_MOST_DIGITS = 19  # as many as fit 64 bits
_MOST_EXPONENT_DIGITS = 3
_TEN, _EIGHT_DIGITS, _NOTHING, _ONE = np.uint64(10), np.uint64(10**8), np.uint64(0), np.uint64(1)
_LARGEST = np.uint64(2**63 - 1)
_EXACT = np.uint64(2**53)
_MOST_EXACT_POWER = 22
_TOP = np.uint64(63)


@inlined
def _digits(data: Bytes, offset: Word, end: Word, before: Word) -> tuple[Word, Word]:
    """Parses digits that continue `before`; returns the whole number, in 64 bits, and the position after it."""
    while offset + 8 <= end and are_digits(load(data, offset)):
        before = before * _EIGHT_DIGITS + number_of(load(data, offset))
        offset += 8
    while offset < end and _ZERO <= data[offset] <= _NINE:
        before = before * _TEN + np.uint64(data[offset] - _ZERO)
        offset += 1
    return before, offset


@kernel
def integer(data: Bytes, offset: Word, end: Word) -> tuple[Word, Word]:
    """Parses an integer; returns it and the position after it. -0 is not plain."""
    negative = offset < end and data[offset] == _MINUS
    offset += negative
    first = offset
    digits, offset = _digits(data, offset, end, _NOTHING)
    length = offset - first
    if length == 0 or length > _MOST_DIGITS or digits > _LARGEST:
        return 0, NOT_PLAIN
    if data[first] == _ZERO and (length > 1 or negative):
        return 0, NOT_PLAIN
    number = np.int64(digits)
    return (-number if negative else number), offset


@kernel
def real(data: Bytes, offset: Word, end: Word) -> tuple[Word, Word]:
    """Parses a number; returns the bits of the nearest double and the position after it.

    -0 is not plain without a fraction or an exponent.
    """
    negative = offset < end and data[offset] == _MINUS
    digits, exponent, offset = _decimal(data, offset + negative, end)
    if offset == NOT_PLAIN or (negative and digits == _NOTHING and exponent == 0):
        return 0, NOT_PLAIN
    if digits <= _EXACT and -_MOST_EXACT_POWER <= exponent <= _MOST_EXACT_POWER:
        number, tens = float(digits), float(EXACT_TENS[abs(exponent)])
        number = number / tens if exponent < 0 else number * tens
        return bits(-number if negative else number), offset
    nearest = _nearest(digits, exponent)
    if nearest == _NOTHING:
        return 0, NOT_PLAIN
    return np.uint64(nearest | (np.uint64(negative) << _TOP)).view(np.int64), offset


@kernel
def _decimal(data: Bytes, offset: Word, end: Word) -> tuple[Word, Word, Word]:
    """Parses an unsigned number; returns its digits, its power of ten and the position after it."""
    first = offset
    digits, offset = _digits(data, offset, end, _NOTHING)
    length = offset - first
    if length == 0 or (length > 1 and data[first] == _ZERO):
        return digits, 0, NOT_PLAIN
    length, exponent = 0 if data[first] == _ZERO else length, 0
    if offset < end and data[offset] == _POINT:
        digits, length, exponent, offset = _fraction(data, offset + 1, end, digits, length)
        if exponent == 0:
            return digits, 0, NOT_PLAIN
    if length > _MOST_DIGITS:
        return digits, 0, NOT_PLAIN
    if offset < end and (data[offset] == _E or data[offset] == _SMALL_E):
        power, offset = _power(data, offset + 1, end)
        exponent += power
    return digits, exponent, offset


@inlined
def _fraction(data: Bytes, point: Word, end: Word, digits: Word, length: Word) -> tuple[Word, Word, Word, Word]:
    """Reads what follows the point, behind so many digits: all digits, how many, their exponent, and the position."""
    offset = point
    if length == 0:
        while offset < end and data[offset] == _ZERO:  # leading zeros do not count as digits
            offset += 1
    first = offset
    digits, offset = _digits(data, offset, end, digits)
    return digits, length + offset - first, point - offset, offset


@kernel
def _power(data: Bytes, offset: Word, end: Word) -> tuple[Word, Word]:
    """Parses the exponent after an e."""
    negative = offset < end and data[offset] == _MINUS
    offset += negative or (offset < end and data[offset] == _PLUS)
    power, first = np.int64(0), offset
    while offset < end and _ZERO <= data[offset] <= _NINE and offset - first <= _MOST_EXPONENT_DIGITS:
        power = power * 10 + np.int64(data[offset] - _ZERO)
        offset += 1
    if offset == first or offset - first > _MOST_EXPONENT_DIGITS:
        return 0, NOT_PLAIN
    return (-power if negative else power), offset


_HALF, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)


@kernel
def _product(left: Word, right: Word) -> tuple[Word, Word]:
    """Multiplies two 64-bit words; returns the high and the low word."""
    left_high, left_low, right_high, right_low = left >> _HALF, left & _LOW, right >> _HALF, right & _LOW
    middle = left_high * right_low + (left_low * right_low >> _HALF)
    other = left_low * right_high + (middle & _LOW)
    return left_high * right_high + (middle >> _HALF) + (other >> _HALF), left * right


_BELOW_53, _HIDDEN, _ALL = np.uint64(0x1FF), np.uint64(2**52 - 1), np.uint64(2**64 - 1)
_BELOW, _MANTISSA, _THREE = np.uint64(9), np.uint64(52), np.uint64(3)
_BIAS, _LARGEST_EXPONENT = 1023, 2046


@kernel
def _nearest(digits: Word, exponent: Word) -> Word:
    """Returns the bits of the double nearest to digits x 10 ** exponent; 0 if rounding is ambiguous."""
    if digits == _NOTHING or exponent < LEAST or exponent > MOST:
        return _NOTHING
    shift = _zeros_in_front(digits)
    digits <<= np.uint64(shift)
    high, low = _scaled(digits, exponent - LEAST)
    if high & _BELOW_53 == _BELOW_53 and low == _ALL:
        return _NOTHING
    top = high >> _TOP
    mantissa = high >> (top + _BELOW)
    if low == _NOTHING and high & _BELOW_53 == _NOTHING and mantissa & _THREE == _ONE:
        return _NOTHING  # halfway between two doubles, or slightly above
    mantissa = (mantissa + (mantissa & _ONE)) >> _ONE
    carried = mantissa >> np.uint64(53)
    power = (217_706 * exponent >> 16) + 64 + _BIAS - shift - (1 - np.int64(top)) + np.int64(carried)
    if power < 1 or power > _LARGEST_EXPONENT:
        return _NOTHING
    return (np.uint64(power) << _MANTISSA) | ((mantissa >> carried) & _HIDDEN)


@kernel
def _scaled(digits: Word, row: Word) -> tuple[Word, Word]:
    """Multiplies by a power of five; uses its second half only where the first leaves the leading bits open."""
    high, low = _product(digits, POWERS[row, 0])
    if high & _BELOW_53 != _BELOW_53 or low + digits >= low:
        return high, low
    carried = low + _product(digits, POWERS[row, 1])[0]
    return high + np.uint64(carried < low), carried


@kernel
def _zeros_in_front(word: Word) -> Word:
    zeros, step = 0, 32
    while step:
        if word >> np.uint64(64 - step) == _NOTHING:
            word <<= np.uint64(step)
            zeros += step
        step >>= 1
    return zeros
