"""Marks the seconds of an interval with publishing, one bit each, so that gaps between them are exact."""

import numpy as np

from dataflows.ingest import MergedBatch
from dataflows.kernels.arrays import Ints

SECOND_MS = 1_000


class BusySeconds(bytes):
    """Bits of the seconds of an interval.

    >>> (BusySeconds(b"\\x01") | BusySeconds(b"\\x04")).since(60_000)
    array([60, 62])
    """

    def __or__(self, other: "BusySeconds") -> "BusySeconds":
        """Merges the seconds of two parts of one interval."""
        return BusySeconds((np.frombuffer(self, np.uint8) | np.frombuffer(other, np.uint8)).tobytes())

    def since(self, start_ms: int) -> Ints:
        """Returns the seconds (since 1970), ascending, of an interval that begins at `start_ms`."""
        bits = np.unpackbits(np.frombuffer(self, np.uint8), bitorder="little")
        return np.flatnonzero(bits) + start_ms // SECOND_MS


def busy_seconds(arrivals: MergedBatch, start_ms: int, length_ms: int) -> BusySeconds:
    """Returns the seconds in which payloads of one interval arrived."""
    bits = np.zeros(-(-length_ms // SECOND_MS), np.bool_)
    arrived = arrivals.arrived(np.arange(len(arrivals.payloads)))
    bits[(arrived - start_ms) // SECOND_MS] = True
    return BusySeconds(np.packbits(bits, bitorder="little").tobytes())
