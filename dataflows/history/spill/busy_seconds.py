"""The seconds of an interval in which something was published, a bit each: gaps between them are known exactly."""

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
        """The seconds of both, which are of one interval."""
        return BusySeconds((np.frombuffer(self, np.uint8) | np.frombuffer(other, np.uint8)).tobytes())

    def since(self, start_ms: int) -> Ints:
        """The seconds (since 1970), rising, of the interval that begins then."""
        bits = np.unpackbits(np.frombuffer(self, np.uint8), bitorder="little")
        return np.flatnonzero(bits) + start_ms // SECOND_MS


def busy_seconds(arrivals: MergedBatch, start_ms: int, length_ms: int) -> BusySeconds:
    """The seconds in which payloads arrived that all did in one interval."""
    bits = np.zeros(-(-length_ms // SECOND_MS), np.bool_)
    arrived = arrivals.arrived(np.arange(len(arrivals.payloads)))
    bits[(arrived - start_ms) // SECOND_MS] = True
    return BusySeconds(np.packbits(bits, bitorder="little").tobytes())
