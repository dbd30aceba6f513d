"""Powers of ten as doubles need them: the first 128 bits of 5 to the power q, rounded down."""

import numpy as np
import numpy.typing as npt

LEAST, MOST = -308, 308
"""The exponents of ten of the table: with the digits before them, all of what a double holds but its ends."""

_BITS = 128


def _first_bits(exponent: int) -> int:
    """The first 128 bits of 5 to some power."""
    power: int = 5 ** abs(exponent)
    if exponent < 0:
        return (1 << power.bit_length() + _BITS - 1) // power
    return (power << _BITS) >> power.bit_length()


def _halves() -> npt.NDArray[np.uint64]:
    bits = [_first_bits(exponent) for exponent in range(LEAST, MOST + 1)]
    return np.array([(power >> 64, power & 2**64 - 1) for power in bits], np.uint64)


POWERS = _halves()
"""Row q - `LEAST`: the high and the low 64 bits."""
EXACT_TENS = np.array([float(10**exponent) for exponent in range(23)])
"""The powers of ten that a double holds exactly."""
