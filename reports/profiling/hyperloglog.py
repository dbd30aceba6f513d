"""Estimates the number of distinct values: HyperLogLog with 2**12 registers, error 1.6 %."""

import math
import zlib

import numpy as np

from reports.ertl_estimator import sigma, tau
from reports.profiling.kernels import REGISTER_BITS, Bytes

MANY = 1 << REGISTER_BITS
RANKS = 64 - REGISTER_BITS
ALPHA = 1 / (2 * math.log(2))


def registers() -> Bytes:
    """Returns empty registers; they merge exactly, by the maximum of each."""
    return np.zeros(MANY, np.uint8)


def estimate(values: Bytes) -> float:
    """Estimates the number of distinct values recorded in registers.

    Accurate from 0 to 2**60 without tables of corrections (see ertl_estimator.py).

    >>> estimate(registers())
    0.0
    """
    ranks = np.bincount(values, minlength=RANKS + 2).tolist()
    z = MANY * tau(1 - ranks[RANKS + 1] / MANY)
    for registers in ranks[RANKS:0:-1]:
        z = (z + registers) / 2
    z += MANY * sigma(ranks[0] / MANY)
    return float(ALPHA * MANY * MANY / z)


def packed(values: Bytes) -> bytes:
    """Encodes registers as bytes, compactly when few values were recorded."""
    return zlib.compress(values.tobytes(), 1)


def unpacked(data: bytes) -> Bytes:
    """Decodes packed registers."""
    return np.frombuffer(zlib.decompress(data), np.uint8).copy()
