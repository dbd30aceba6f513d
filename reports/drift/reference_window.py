"""Merges the last calm closed intervals into a reference."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import numpy as np

from reports.drift.comparison import ReferenceComparison
from reports.drift.course import Course
from reports.drift.detector import STEADY, movement
from reports.profiling import Profile, ProfileKind, summary_of

BLOCKS = 24
"""Most profiles of a reference; in a longer reference each one covers several intervals, and it advances by as many."""
ENOUGH = 3
"""Intervals at the beginning that are kept as separate profiles: with fewer, nothing is known to be usual."""


class ReferenceBlock(msgspec.Struct, frozen=True, array_like=True):
    """Some intervals of the reference in one profile, as stored; `skipped` intervals before them were not learned."""

    intervals: int
    profile: bytes
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class _Kept:
    """A block with its decoded profile, so that closing an interval takes the dataflow little time."""

    block: ReferenceBlock
    profile: Profile

    @classmethod
    def of(cls, profile: Profile, intervals: int, skipped: int) -> "_Kept":
        return cls(ReferenceBlock(intervals, profile.dump(), skipped), profile)

    @classmethod
    def load(cls, block: ReferenceBlock) -> "_Kept":
        return cls(block, Profile.load(block.profile))


class _Ages(NamedTuple):
    """The closed intervals from the middle of parts of a reference to the newest interval."""

    lately: float
    older: float
    newer: float


class ReferenceWindow:
    """The last `length` closed intervals before the newest, which is left out because drift begins before it is
    detected."""

    def __init__(self, kind: ProfileKind, length: int) -> None:
        self._kind: ProfileKind = kind
        self._length = length
        self._newest: _Kept | None = None
        self._entries: list[_Kept] = []
        self._moved: Mapping[str, float] | None = None  # valid until the entries change
        self._ages: _Ages | None = None  # valid until the entries or the newest interval change
        self._lately: ReferenceWindow | None = None
        self._merge()

    def admit(self, profile: Profile, skipped: int = 0) -> None:
        """Keeps the newest closed interval, and adds the previous one to the reference; `skipped` intervals between
        the two were not learned."""
        if self._newest is not None:
            self._append(self._newest)
            while sum(_weights(self._entries[1:])) >= self._length:
                del self._entries[0]
            self._merge()
        self._newest, self._ages = _Kept.of(profile.values_only(), 1, skipped), None

    @property
    def ready(self) -> bool:
        """Returns whether there are enough intervals to judge by."""
        return self.intervals >= min(ENOUGH, self._length)

    @property
    def lately(self) -> "ReferenceWindow":
        """Returns its newest intervals, as few as are enough."""
        if self._lately is None:
            self._lately = ReferenceWindow(self._kind, ENOUGH)
            self._lately._entries = self._entries[-ENOUGH:]
            self._lately._merge()
        return self._lately

    def course(self, later: int, min_rows: int) -> Course:
        """Returns how far it moves by itself from its newest intervals to an interval `later` closed intervals on."""
        middle = len(self._entries) // 2
        if not middle:
            return STEADY
        older, newer = slice(None, middle), slice(middle, None)
        if self._moved is None:
            now, then = _sum(self._kind, self._entries[newer]), _sum(self._kind, self._entries[older])
            self._moved = movement(ReferenceComparison(now, then, self.new_share), min_rows)
        if self._ages is None:
            self._ages = _Ages(*map(self._age, (slice(-ENOUGH, None), older, newer)))
        return Course(self._moved, (later + self._ages.lately) / (self._ages.older - self._ages.newer))

    def _age(self, part: slice) -> float:
        """Returns the closed intervals from the middle of a part to the newest, with those that were not learned."""
        ages, end = [], 1 + (self._newest.block.skipped if self._newest else 0)
        for entry in reversed(self._entries):
            ages.append(end + (entry.block.intervals - 1) / 2)
            end += entry.block.intervals + entry.block.skipped
        return float(np.average(ages[::-1][part], weights=_weights(self._entries[part])))

    def blocks(self) -> tuple[ReferenceBlock, ...]:
        """Returns the stored blocks, the newest interval last."""
        return tuple(entry.block for entry in (*self._entries, *([self._newest] if self._newest else [])))

    def restore(self, blocks: tuple[ReferenceBlock, ...]) -> None:
        """Restores stored blocks."""
        *self._entries, self._newest = [_Kept.load(block) for block in blocks] or (None,)
        self._merge()

    def _append(self, newest: _Kept) -> None:
        room = math.ceil(self._length / BLOCKS)
        if len(self._entries) > ENOUGH and self._entries[-1].block.intervals < room:
            last = self._entries[-1]
            last.profile.merge(newest.profile)
            skipped = last.block.skipped + newest.block.skipped
            self._entries[-1] = _Kept.of(last.profile, last.block.intervals + 1, skipped)
        else:
            self._entries.append(newest)

    def _merge(self) -> None:
        self._moved, self._ages, self._lately = None, None, None
        self.intervals = sum(_weights(self._entries))
        self.profile = _sum(self._kind, self._entries)
        self.summary = summary_of(self.profile)
        self.new_share = new_share([entry.profile for entry in self._entries], self.profile)


def _weights(entries: Iterable[_Kept]) -> list[int]:
    """Returns how many intervals each entry has."""
    return [entry.block.intervals for entry in entries]


def _sum(kind: ProfileKind, entries: Iterable[_Kept]) -> Profile:
    total = Profile(kind, rules=0)
    for entry in entries:
        total.merge(entry.profile)
    return total


def new_share(profiles: list[Profile], total: Profile) -> float:
    """Returns the share of texts that only one profile has: how many texts of an interval are new to the others.

    The share of unseen species equals that of species seen once (Good, "The population frequencies of species", 1953);
    here seen in one interval, not by one entity, because many may have the text of the day.
    """
    intervals = Counter(text for profile in profiles for text in profile.tops.counts())
    once = sum(count for text, count in total.tops.counts().items() if intervals[text] == 1)
    return once / max(1, total.tops.n)
