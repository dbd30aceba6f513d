"""The reference: the last closed intervals that were calm, merged, and how much they differ among themselves.

Rows are not independent: a hot entity comes again and again with nearly the same value, and which entities are hot
changes. Entities are not known here, and need not be: if rows were independent, the intervals of the reference would
differ from their sum by a chi-square; by how many times more they do is the design effect (Rao and Scott, "The
analysis of categorical data from complex sample surveys", 1981, first order). Thresholds take n / effect for n.
It covers hot entities, bursts and the course of the day alike. The median keeps one odd interval from widening all
thresholds. Of few intervals, or of values that are only true or false, the effect is uncertain itself, and taken for
greater.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np

from reports.drift.bins import counts_in, layout_of
from reports.drift.significance import chi_square_median, margin
from reports.profiling import Ints, Profile, ProfileKind, Reals, summary_of

BLOCKS = 24
"""Profiles that a reference is kept in; of a longer one each is of several intervals, and it slides by as many."""
ENOUGH = 3
"""Intervals to begin with, each a profile of its own: of fewer the design effect is not known."""


class ReferenceBlock(msgspec.Struct, frozen=True, array_like=True):
    """Some intervals of the reference in one profile, as it is stored."""

    intervals: int
    profile: bytes


@dataclass(frozen=True, slots=True)
class _Kept:
    """A block with its profile at hand: a close is to take the dataflow little time."""

    block: ReferenceBlock
    profile: Profile

    @classmethod
    def of(cls, profile: Profile, intervals: int) -> "_Kept":
        return cls(ReferenceBlock(intervals, profile.dump()), profile)

    @classmethod
    def load(cls, block: ReferenceBlock) -> "_Kept":
        return cls(block, Profile.load(block.profile))


class ReferenceWindow:
    """The last `length` closed intervals before the newest, which is left out: drift begins before it is noticed."""

    def __init__(self, kind: ProfileKind, length: int) -> None:
        self._kind: ProfileKind = kind
        self._length = length
        self._newest: _Kept | None = None
        self._entries: list[_Kept] = []
        self._merge()

    def admit(self, profile: Profile) -> None:
        """Takes the newest closed interval, and the one before it into the reference."""
        if self._newest is not None:
            self._append(self._newest)
            while self.intervals - self._entries[0].block.intervals >= self._length:
                del self._entries[0]
            self._merge()
        self._newest = _Kept.of(profile.values_only(), 1)

    @property
    def intervals(self) -> int:
        """How many are in it."""
        return sum(entry.block.intervals for entry in self._entries)

    @property
    def ready(self) -> bool:
        """Whether there are enough to judge by."""
        return self.intervals >= min(ENOUGH, self._length)

    def blocks(self) -> tuple[ReferenceBlock, ...]:
        """What is kept, the newest interval last."""
        return tuple(entry.block for entry in (*self._entries, *([self._newest] if self._newest else [])))

    def restore(self, blocks: tuple[ReferenceBlock, ...]) -> None:
        """What `blocks` gave."""
        *self._entries, self._newest = [_Kept.load(block) for block in blocks] or (None,)
        self._merge()

    def _append(self, newest: _Kept) -> None:
        room = math.ceil(self._length / BLOCKS)
        if len(self._entries) > ENOUGH and self._entries[-1].block.intervals < room:
            last = self._entries[-1]
            last.profile.merge(newest.profile)
            self._entries[-1] = _Kept.of(last.profile, last.block.intervals + 1)
        else:
            self._entries.append(newest)

    def _merge(self) -> None:
        self.profile = Profile(self._kind, rules=0)
        for entry in self._entries:
            self.profile.merge(entry.profile)
        self.summary = summary_of(self.profile)
        profiles = [entry.profile for entry in self._entries]
        self.effect = design_effect(profiles, self.profile)
        self.new_share = new_share(profiles, self.profile)


def design_effect(profiles: list[Profile], total: Profile) -> float:
    """By how many times profiles differ more from their sum than independent rows would, at least 1, with a margin."""
    layout = layout_of(total, max((profile.cells.shift for profile in profiles), default=0))
    together = counts_in(total, layout)
    used = together > 0
    degrees = int(used.sum()) - 1
    if degrees < 1 or len(profiles) < ENOUGH:
        return 1.0
    shares = together[used] / together.sum()
    distances = [*_chi_squares([counts_in(profile, layout)[used] for profile in profiles], shares)]
    among = len(profiles) / (len(profiles) - 1)
    effect = max(1.0, float(np.median(distances)) * among / chi_square_median(degrees))
    return effect * margin(degrees, degrees * (len(profiles) - 1))


def new_share(profiles: list[Profile], total: Profile) -> float:
    """The share of texts that only one of the profiles has: how many of an interval are new to the others.

    As the share of species not yet seen is that of those seen once (Good, "The population frequencies of species",
    1953), seen in one interval and not in one row, for the text of a hot entity comes again and again.
    """
    intervals = Counter(text for profile in profiles for text in profile.tops.counts())
    once = sum(count for text, count in total.tops.counts().items() if intervals[text] == 1)
    return once / max(1, total.tops.n)


def _chi_squares(counts: list[Ints], shares: Reals) -> Iterator[float]:
    for row in counts:
        if many := row.sum():
            yield float(((row - many * shares) ** 2 / (many * shares)).sum())
