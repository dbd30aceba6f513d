"""Tabulates the powers that doubles need: the first 128 bits of 5 ** q, rounded down."""

import numpy as np
import numpy.typing as npt

LEAST, MOST = -308, 308
"""Range of exponents of ten in the table: with the digits before them they cover all doubles but the extremes."""

_BITS = 128


def _first_bits(exponent: int) -> int:
    """Returns the first 128 bits of 5 ** exponent."""
    power: int = 5 ** abs(exponent)
    if exponent < 0:
        return (1 << power.bit_length() + _BITS - 1) // power
    return (power << _BITS) >> power.bit_length()


def _halves() -> npt.NDArray[np.uint64]:
    bits = [_first_bits(exponent) for exponent in range(LEAST, MOST + 1)]
    return np.array([(power >> 64, power & 2**64 - 1) for power in bits], np.uint64)


POWERS = _halves()
"""Row q - `LEAST` holds the high and the low 64 bits."""
EXACT_TENS = np.array([float(10**exponent) for exponent in range(23)])
"""The powers of ten that a double holds exactly."""
