"""Defines the mergeable partials of a tile as the kernels know them: an op code, a kind and a width in words.

A word is 64 bits: an integer, or the bits of a double. Every partial has an empty value and an associative and
commutative merge, so events may arrive in any order and tiles may be folded in any grouping.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class ValueKind(StrEnum):
    """The kind of value that an expression yields."""

    INT = "INT"
    REAL = "REAL"
    BOOL = "BOOL"
    TEXT = "TEXT"
    TIMESTAMP = "TIMESTAMP"


class ValueOrder(IntEnum):
    """The order of two words of a kind: as integers, as doubles, or as the texts they refer to."""

    INT = 0
    REAL = 1
    TEXT = 2


ORDER = {
    ValueKind.INT: ValueOrder.INT,
    ValueKind.BOOL: ValueOrder.INT,
    ValueKind.TIMESTAMP: ValueOrder.INT,
    ValueKind.REAL: ValueOrder.REAL,
    ValueKind.TEXT: ValueOrder.TEXT,
}


class PartialOp(IntEnum):
    """Op codes of the partials; the comments describe the content of the words."""

    COUNT = 0  # number of values
    SUM = 1  # sum of doubles
    MIN = 2  # smallest value
    MAX = 3  # largest value
    MOMENTS = 4  # in earlier snapshots only: count, mean, sum of squared deviations
    FIRST = 5  # event time (ms), value
    LAST = 6  # event time (ms), value
    LATEST = 7  # number of pairs, then k pairs of event time (ms) and value, newest first
    SEEN = 8  # number of values last seen in this tile, their cells
    BINS = 9  # cells of a DDSketch (Masson, Rim, Lee 2019): logarithmic bin -> count
    REGISTERS = 10  # cells of a HyperLogLog (Flajolet et al. 2007): register -> rank
    TOTAL = 11  # sum of integers, in 128 bits: low word, high word
    SPREAD = 12  # count, one of the values, mean minus that value, squared deviations (Chan, Golub, LeVeque 1979)


def sum_of(kind: ValueKind) -> PartialOp:
    """Returns the partial that keeps a sum: doubles round, integers are exact."""
    return PartialOp.SUM if kind is ValueKind.REAL else PartialOp.TOTAL


@dataclass(frozen=True, slots=True)
class Partial:
    """A partial of a feature: `parameter` configures storage (k, precision), `asks` the read-out (rank).

    The parameter is k for LATEST, the relative error for BINS and the precision for REGISTERS; BINS are asked for a
    quantile. Features with equal (op, parameter) over the same values share the stored words.
    """

    op: PartialOp
    parameter: float = 0.0
    asks: float = 0.0

    @property
    def stored(self) -> int:
        """Number of words in a tile."""
        return _latest(self) if self.op is PartialOp.LATEST else _STORED.get(self.op, 1)

    @property
    def folded(self) -> int:
        """Number of words in a folded row."""
        return _latest(self) if self.op is PartialOp.LATEST else _FOLDED.get(self.op, 1)


_FOLDED = {PartialOp.MOMENTS: 3, PartialOp.FIRST: 2, PartialOp.LAST: 2, PartialOp.TOTAL: 2, PartialOp.SPREAD: 4}
_STORED = {**_FOLDED, PartialOp.SEEN: 2}


def _latest(partial: Partial) -> int:
    return 1 + 2 * int(partial.parameter)
