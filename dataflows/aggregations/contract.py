"""What an aggregation is: mergeable partials, and a `finalize` over columns of folded words."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from dataflows.aggregations.totals import Sums
from dataflows.kernels.arrays import Bools, Ints, Reals
from dataflows.kernels.opcodes import Partial, ValueKind

Column = tuple[Any, Bools | None]
"""Values (numpy, totals or pyarrow) and which of them exist; None means all."""

NUMBERS = frozenset({ValueKind.INT, ValueKind.REAL})
ANY = frozenset(ValueKind)
FAMILY: Mapping[ValueKind, frozenset[str]] = {
    ValueKind.INT: frozenset({"INT32", "INT64", "FLOAT", "DOUBLE"}),
    ValueKind.REAL: frozenset({"FLOAT", "DOUBLE"}),
    ValueKind.BOOL: frozenset({"BOOL"}),
    ValueKind.TEXT: frozenset({"STRING"}),
    ValueKind.TIMESTAMP: frozenset({"TIMESTAMP"}),
}


@dataclass(frozen=True, slots=True)
class Option:
    """A key of the definition that shapes an aggregation: its bounds (inclusive) and default (None: required)."""

    low: float
    high: float
    default: float | None
    whole: bool = False


class Folded(Protocol):
    """Columns of folded words of one feature, one row an emitted row; `word` counts from the feature's first."""

    @property
    def as_of(self) -> Ints:
        """The rows' `as_of` (ms)."""

    def ints(self, word: int) -> Ints:
        """The words as integers."""

    def reals(self, word: int) -> Reals:
        """The words as doubles."""

    def values(self, word: int) -> Any:
        """The words as values of the feature's kind: numbers, or a pyarrow array of texts."""

    def sums(self, word: int) -> Sums:
        """What `sum_of` the feature's kind has kept from this word on."""


class Aggregation(ABC):
    """What a feature keeps per tile and how it is read."""

    takes: ClassVar[frozenset[ValueKind]] = NUMBERS
    value_optional: ClassVar[bool] = False
    options: ClassVar[Mapping[str, Option]] = {}

    @abstractmethod
    def partials(self, kind: ValueKind, options: Mapping[str, Any]) -> tuple[Partial, ...]:
        """The partials a tile holds for values of a kind, in the order `finalize` reads them."""

    @abstractmethod
    def finalize(self, folded: Folded, options: Mapping[str, Any]) -> Column:
        """Folded words to values."""

    def gives(self, kind: ValueKind) -> frozenset[str]:
        """The value types it may be declared as, for values of this kind."""
        return FAMILY[kind]
