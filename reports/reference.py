"""The reference: the last closed intervals that were calm, merged, and how much they differ among themselves.

Rows are not independent: a hot entity comes again and again with nearly the same value, and which entities are hot
changes. Entities are not known here, and need not be: if rows were independent, the intervals of the reference would
differ from their sum by a chi-square; by how many times more they do is the design effect (Rao and Scott, "The
analysis of categorical data from complex sample surveys", 1981, first order). Thresholds take n / effect for n.
It covers hot entities, bursts and the course of the day alike. The median keeps one odd interval from widening all
thresholds.
"""

import math
from collections.abc import Iterator

import msgspec
import numpy as np

from reports.binning import counts_in, layout_of
from reports.noise import chi_square_median
from reports.profile import Kind, Profile
from reports.scan import Ints, Reals

BLOCKS = 24
"""Profiles kept at most; of a longer reference each is of several intervals, and it slides by as many."""
ENOUGH = 3
"""Intervals to begin with: of fewer the design effect is not known."""


class Block(msgspec.Struct, frozen=True, array_like=True):
    """Some intervals of the reference in one profile."""

    intervals: int
    profile: bytes


class Reference:
    """The last `length` closed intervals before the newest, which is left out: drift begins before it is noticed."""

    def __init__(self, kind: Kind, length: int) -> None:
        self._kind: Kind = kind
        self._length = length
        self._newest: bytes | None = None
        self._blocks: list[Block] = []
        self._merge()

    def admit(self, profile: Profile) -> None:
        """Takes the newest closed interval, and the one before it into the reference."""
        if self._newest is not None:
            self._append(self._newest)
            while sum(block.intervals for block in self._blocks[1:]) >= self._length:
                del self._blocks[0]
            self._merge()
        self._newest = profile.values_only().dump()

    @property
    def intervals(self) -> int:
        """How many are in it."""
        return sum(block.intervals for block in self._blocks)

    @property
    def ready(self) -> bool:
        """Whether there are enough to judge by."""
        return self.intervals >= min(ENOUGH, self._length)

    def blocks(self) -> tuple[Block, ...]:
        """What is kept, the newest interval last."""
        return (*self._blocks, *([] if self._newest is None else [Block(1, self._newest)]))

    def restore(self, blocks: tuple[Block, ...]) -> None:
        """What `blocks` gave."""
        *before, newest = blocks or (None,)
        self._blocks = [block for block in before if block]
        self._newest = newest.profile if newest else None
        self._merge()

    def _append(self, profile: bytes) -> None:
        room = math.ceil(self._length / BLOCKS)
        if self._blocks and self._blocks[-1].intervals < room:
            last = Profile.load(self._blocks[-1].profile)
            last.merge(Profile.load(profile))
            self._blocks[-1] = Block(self._blocks[-1].intervals + 1, last.dump())
        else:
            self._blocks.append(Block(1, profile))

    def _merge(self) -> None:
        profiles = [Profile.load(block.profile) for block in self._blocks]
        self.profile = Profile(self._kind, rules=0)
        for profile in profiles:
            self.profile.merge(profile)
        self.summary = self.profile.summary()
        self.effect = design_effect(profiles, self.profile)


def design_effect(profiles: list[Profile], whole: Profile) -> float:
    """By how many times profiles differ more from their sum than independent rows would; at least 1."""
    layout = layout_of(whole, max((profile.cells.shift for profile in profiles), default=0))
    together = counts_in(whole, layout)
    used = together > 0
    degrees = int(used.sum()) - 1
    if degrees < 1 or len(profiles) < ENOUGH:
        return 1.0
    shares = together[used] / together.sum()
    distances = [*_chi_squares([counts_in(profile, layout)[used] for profile in profiles], shares)]
    among = len(profiles) / (len(profiles) - 1)
    return max(1.0, float(np.median(distances)) * among / chi_square_median(degrees))


def _chi_squares(counts: list[Ints], shares: Reals) -> Iterator[float]:
    for one in counts:
        if many := one.sum():
            yield float(((one - many * shares) ** 2 / (many * shares)).sum())
