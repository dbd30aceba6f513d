"""What drift is measured between: an interval on one side; a baseline or earlier intervals on the other."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from reports.drift.bins import compared
from reports.drift.significance import inverse_n
from reports.profiling import Profile, Reals
from reports.records import Bins


class Measurement(NamedTuple):
    """A score of a measure, from how many values it is, and what it has to pass.

    `chance` is what it comes to by chance alone; a change twice as large has `power` times two to multiply it by.
    """

    measure: str
    score: float
    threshold: float
    n: int
    chance: float = 0.0
    power: int = 1


@dataclass(frozen=True)
class BaselineComparison:
    """An interval beside the baseline_profile of its definition.

    `kurtosis` and `deviation` are those of earlier intervals, infinite and 0 while they are not known.
    """

    now: Profile
    baseline: Mapping[str, float]
    kurtosis: float = math.inf
    deviation: float = 0.0

    def least(self, of_rows: bool) -> int:
        """How many values, or rows, there are to go by."""
        return self.now.rows if of_rows else self.now.present

    @property
    def inverse(self) -> float:
        """1/n over the values."""
        return inverse_n(self.now.present)

    @property
    def inverse_rows(self) -> float:
        """The same over all rows."""
        return inverse_n(self.now.rows)


@dataclass(frozen=True)
class ReferenceComparison:
    """An interval beside all values of earlier ones.

    `new_share` is the share of texts of an earlier interval that the others did not have.
    """

    now: Profile
    reference: Profile
    new_share: float = 0.0

    def least(self, of_rows: bool) -> int:
        """How many values, or rows, there are to go by on the smaller side."""
        return min(side.rows if of_rows else side.present for side in (self.now, self.reference))

    @property
    def inverse(self) -> float:
        """1/n + 1/m over the values."""
        return inverse_n(self.now.present, self.reference.present)

    @property
    def inverse_rows(self) -> float:
        """The same over all rows."""
        return inverse_n(self.now.rows, self.reference.rows)

    @cached_property
    def bins(self) -> Bins:
        """Both in bins of the reference."""
        return compared(self.now, self.reference)

    @property
    def used_bins(self) -> int:
        """Bins that are not empty on both sides."""
        return sum(map(any, zip(self.bins.counts, self.bins.reference, strict=True)))

    @cached_property
    def distributions(self) -> tuple[Reals, Reals, Reals]:
        """(numbers, share of the interval up to each, share of the reference up to each), over common cells."""
        shift = max(self.now.cells.shift, self.reference.cells.shift)
        ours, theirs = self.now.cells.cut(shift), self.reference.cells.cut(shift)
        both = ours.merged(theirs)
        ours, theirs = ours.cut(both.shift), theirs.cut(both.shift)
        up_to = [side.before[np.searchsorted(side.keys, both.keys, side="right")] / side.n for side in (ours, theirs)]
        return both.middles, up_to[0], up_to[1]
