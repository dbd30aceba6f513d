"""The two sides of a drift comparison: the current interval, and either the baseline or a reference window."""

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
    """An interval and the baseline_profile of its definition.

    `kurtosis` and `deviation` come from earlier intervals; infinite and 0 while unknown.
    """

    now: Profile
    baseline: Mapping[str, float]
    kurtosis: float = math.inf
    deviation: float = 0.0

    def least(self, of_rows: bool) -> int:
        """Returns the number of values, or rows, of the interval."""
        return self.now.rows if of_rows else self.now.present

    @property
    def inverse(self) -> float:
        """Returns 1/n over the values."""
        return inverse_n(self.now.present)

    @property
    def inverse_rows(self) -> float:
        """Returns 1/n over all rows."""
        return inverse_n(self.now.rows)


@dataclass(frozen=True)
class ReferenceComparison:
    """An interval and all values of earlier ones.

    `new_share` is the share of texts of an earlier interval that the others did not have.
    """

    now: Profile
    reference: Profile
    new_share: float = 0.0

    def least(self, of_rows: bool) -> int:
        """Returns the number of values, or rows, of the smaller side."""
        return min(side.rows if of_rows else side.present for side in (self.now, self.reference))

    @property
    def inverse(self) -> float:
        """Returns 1/n + 1/m over the values."""
        return inverse_n(self.now.present, self.reference.present)

    @property
    def inverse_rows(self) -> float:
        """Returns 1/n + 1/m over all rows."""
        return inverse_n(self.now.rows, self.reference.rows)

    @cached_property
    def bins(self) -> Bins:
        """Returns both sides in bins of the reference."""
        return compared(self.now, self.reference)

    @property
    def used_bins(self) -> int:
        """Returns the number of bins that are not empty on both sides."""
        return sum(map(any, zip(self.bins.counts, self.bins.reference, strict=True)))

    @cached_property
    def distributions(self) -> tuple[Reals, Reals, Reals]:
        """Returns, over common cells, the numbers and the shares of the interval and of the reference up to each."""
        shift = max(self.now.cells.shift, self.reference.cells.shift)
        ours, theirs = self.now.cells.cut(shift), self.reference.cells.cut(shift)
        both = ours.merged(theirs)
        ours, theirs = ours.cut(both.shift), theirs.cut(both.shift)
        up_to = [side.before[np.searchsorted(side.keys, both.keys, side="right")] / side.n for side in (ours, theirs)]
        return both.middles, up_to[0], up_to[1]
