"""Profiles a feature's values in one interval; parts merge in any order.

Counts, moments, extremes and the histogram do not depend on the batches. Distinct counts are estimates beyond the
values kept, and so are texts beyond 768 different ones (hyperloglog.py, frequent_items.py). Quantiles and densities
come from the histogram.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from reports.profiling import hyperloglog, value_kinds
from reports.profiling.counts import Counts
from reports.profiling.frequent_items import LONGEST, FrequentItems
from reports.profiling.histogram import EMPTY, LogHistogram
from reports.profiling.kernels import FIGURES, FINITE, INFINITE, NANS, NEGATIVES, TALLIES, ZEROS, Bytes, scan, see_texts
from reports.profiling.moments import Moments
from reports.profiling.samples import newest
from reports.profiling.stored_profile import VERSION, StoredProfile
from reports.profiling.value_kinds import ProfileKind, kind_of
from reports.records import Latency, Sample

__all__ = ["Profile", "ProfileKind", "kind_of"]

EXACT = 2.0**53
"""From this magnitude on, doubles do not represent all integers."""


class Profile:
    """The values of one feature in one interval. Mutable: `add` and `merge` change it, so do not share it.

    >>> profile = Profile("number", rules=1)
    >>> profile.add(pl.Series([1.0, 3.0, None]), violations=[1])
    >>> profile.moments.mean, profile.counts.nulls, profile.violations
    (2.0, 1, (1,))
    """

    def __init__(self, kind: ProfileKind, rules: int) -> None:
        self.kind: ProfileKind = kind
        self.counts = Counts()
        self.violations: tuple[int, ...] = (0,) * rules
        self.moments = Moments()
        self.low, self.high = math.inf, -math.inf
        self.cells = EMPTY
        self.registers: Bytes = hyperloglog.registers()
        self.tops = FrequentItems()
        self.samples: tuple[Sample, ...] = ()
        self.latencies = EMPTY
        self.nulled: dict[str, int] = {}
        self.since_ms: int | None = None  # start of the state behind rows that are warming up
        self.oldest_ms: int | None = None  # time of the oldest row of an entity

    def note_since(self, since_ms: int) -> None:
        """Records that warming rows come from a state that counts since a time (ms); keeps the latest."""
        self.since_ms = since_ms if self.since_ms is None else max(self.since_ms, since_ms)

    def note_oldest(self, time_ms: int) -> None:
        """Records a time (ms) at which an entity had a row; keeps the oldest."""
        self.oldest_ms = time_ms if self.oldest_ms is None else min(self.oldest_ms, time_ms)

    def note_past(self, rows: int) -> None:
        """Counts rows that are much older than the interval that they count into."""
        self.counts += Counts(past=rows)

    def add(self, values: pl.Series, violations: Sequence[int], warming: int = 0) -> None:
        """Adds a batch of values of the feature's polars type; `violations[i]` of its rows broke rule i.

        `warming` rows have not yet seen a whole window. Raises ValueError for another number of rules.
        """
        self.violations = _summed(self.violations, violations)
        self.counts += Counts(rows=len(values), nulls=values.null_count(), warming=warming)
        if self.kind == "text":
            self._add_texts(values)
        else:
            self._add_numbers(values)

    def stand_for(self, rows: int, nulls: int, violations: Sequence[int]) -> None:
        """Declares the values a sample of more rows, whose nulls and violations are known exactly."""
        sampled = self.counts.rows
        self.violations = tuple(violations)
        self.counts = msgspec.structs.replace(
            self.counts,
            rows=rows,
            nulls=nulls,
            warming=round(self.counts.warming * rows / max(1, sampled)),
            left_out=rows - sampled,
        )

    def take_over(self, whole: "Profile") -> None:
        """Declares the values a part of a whole profile's, standing for all of its rows."""
        self.stand_for(whole.rows, whole.counts.nulls, whole.violations)
        self.samples, self.latencies, self.nulled = whole.samples, whole.latencies, dict(whole.nulled)
        self.since_ms, self.oldest_ms = whole.since_ms, whole.oldest_ms

    def add_samples(self, samples: Iterable[Sample]) -> None:
        """Adds values that violate a rule; keeps the newest."""
        self.samples = newest((*self.samples, *samples))

    def add_latencies(self, seconds: npt.NDArray[np.float64], weights: npt.NDArray[np.int64]) -> None:
        """Adds latencies from publish to readable (s), weighted by rows; ignores those that are not finite."""
        sound = np.isfinite(seconds)
        self.latencies = self.latencies.merged(LogHistogram.of(seconds[sound], weights[sound]))

    def add_nulled(self, nulled: Mapping[str, int]) -> None:
        """Adds the counts of values that failed to compute, by reason."""
        for why, values in nulled.items():
            self.nulled[why] = self.nulled.get(why, 0) + values

    def merge(self, other: "Profile") -> None:
        """Adds another part of the same feature, leaving it unchanged. Raises ValueError for another kind or rules."""
        if self.kind != other.kind:
            raise ValueError(f"cannot merge a profile of kind {other.kind!r} into one of kind {self.kind!r}")
        self.violations = _summed(self.violations, other.violations)
        self.counts += other.counts
        self.moments = self.moments.merged(other.moments)
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        self.cells = self.cells.merged(other.cells)
        np.maximum(self.registers, other.registers, out=self.registers)
        self.tops.merge(other.tops)
        self.add_samples(other.samples)
        self.latencies = self.latencies.merged(other.latencies)
        self.add_nulled(other.nulled)
        if other.since_ms is not None:
            self.note_since(other.since_ms)
        if other.oldest_ms is not None:
            self.note_oldest(other.oldest_ms)

    @property
    def rows(self) -> int:
        """Returns the number of rows, including those without a value."""
        return self.counts.rows

    @property
    def sampled(self) -> int:
        """Returns the number of rows whose values were profiled."""
        return self.counts.rows - self.counts.left_out

    @property
    def present(self) -> int:
        """Returns the number of rows with a comparable value: neither null nor NaN nor infinite."""
        return self.tops.n if self.kind == "text" else self.moments.n

    @property
    def kurtosis(self) -> float:
        """Returns the kurtosis by the histogram: 3 for a normal distribution; 1, the minimum, without values."""
        if not self.moments.std:
            return 1.0
        with np.errstate(over="ignore", invalid="ignore"):  # distances beyond a double have heavy tails
            distances = (self.cells.middles - self.moments.mean) / self.moments.std
            fourth_moment = float((distances**4 * self.cells.counts).sum() / self.cells.n)
        return max(1.0, fourth_moment) if math.isfinite(fourth_moment) else math.inf

    @property
    def distinct(self) -> float:
        """Returns the number of distinct values (NaN is none): exact while all of them are kept, otherwise an
        estimate."""
        exact = self._texts_kept() if self.kind == "text" else self._numbers_kept()
        return hyperloglog.estimate(self.registers) if exact is None else float(exact)

    def quantiles(self, ranks: npt.ArrayLike) -> list[float]:
        """Returns the numbers of ranks from 0 to 1; ranks 0 and 1 are the exact least and greatest."""
        asked = np.asarray(ranks)
        values = np.clip(self.cells.quantiles(asked), self.low, self.high)
        values[asked == 0], values[asked == 1] = self.low, self.high
        exact: list[float] = values.tolist()
        return exact

    def latency(self) -> Latency:
        """Returns the latency from publish to readable (s)."""
        if not self.latencies.n:
            return Latency()
        p50, p99 = self.latencies.quantiles([0.5, 0.99]).tolist()
        return Latency(p50=p50, p99=p99)

    def values_only(self) -> "Profile":
        """Returns a copy without rules, samples, latencies and failed values."""
        copy = Profile.load(self.dump())
        copy.violations, copy.samples, copy.latencies, copy.nulled = (), (), EMPTY, {}
        return copy

    def dump(self) -> bytes:
        """Encodes the profile as versioned bytes; without a time, in the format from before times were stored."""
        parts = self.cells.dump(), hyperloglog.packed(self.registers), self.tops.dump(), self.latencies.dump()
        figures = self.counts, self.violations, self.moments, self.low, self.high
        fields = (VERSION, self.kind, *figures, *parts, self.samples, self.nulled)
        times = self.since_ms, self.oldest_ms
        return msgspec.msgpack.encode(fields if times == (None, None) else (*fields, *times))

    @classmethod
    def load(cls, data: bytes) -> "Profile":
        """Decodes a dumped profile. Raises ValueError for bytes of another version."""
        version = msgspec.msgpack.decode(data)[0]
        if version != VERSION:
            raise ValueError(f"profile of version {version}; expected version {VERSION}")
        dump = msgspec.msgpack.decode(data, type=StoredProfile)
        profile = cls(dump.kind, len(dump.violations))
        profile.counts, profile.violations, profile.moments = dump.counts, dump.violations, dump.moments
        profile.low, profile.high, profile.samples = dump.low, dump.high, dump.samples
        profile.nulled, profile.since_ms, profile.oldest_ms = dump.nulled, dump.since_ms, dump.oldest_ms
        profile.cells, profile.latencies = LogHistogram.load(dump.cells), LogHistogram.load(dump.latencies)
        profile.registers, profile.tops = hyperloglog.unpacked(dump.registers), FrequentItems.load(dump.tops)
        return profile

    def __reduce__(self) -> tuple[Callable[[bytes], "Profile"], tuple[bytes]]:
        """Pickles a profile as its bytes."""
        return Profile.load, (self.dump(),)

    def _add_numbers(self, values: pl.Series) -> None:
        numbers, words = value_kinds.numbers_of(values, self.kind)
        keys, tallies, figures = np.empty(len(numbers), np.int64), np.zeros(TALLIES, np.int64), np.zeros(FIGURES)
        scan(numbers, words, self.registers, keys, tallies, figures)
        tally, (mean, m2, low, high) = tallies.tolist(), figures.tolist()
        finite = tally[FINITE]
        self.cells = self.cells.with_numbers(keys[:finite])
        self.moments = self.moments.merged(Moments(finite, mean, m2))
        self.low, self.high = min(self.low, low), max(self.high, high)
        self.counts += Counts(
            nans=tally[NANS], infinite=tally[INFINITE], zeros=tally[ZEROS], negatives=tally[NEGATIVES]
        )

    def _add_texts(self, values: pl.Series) -> None:
        texts, counts = value_kinds.counted(values)
        offsets, data = value_kinds.bytes_of(texts)
        see_texts(offsets, data, self.registers)
        self.tops.add(zip(value_kinds.shortened(texts, offsets), counts, strict=True))

    def _texts_kept(self) -> int | None:
        """Returns the number of distinct texts; None if not all are kept in full."""
        texts = self.tops.counts() if self.tops.exact else None
        return None if texts is None or any(len(text) == LONGEST for text in texts) else len(texts)

    def _numbers_kept(self) -> int | None:
        """Returns the number of distinct numbers; None if not all are kept."""
        exact = not self.cells.shift and not self.counts.infinite
        return len(self.cells.keys) if exact and max(-self.low, self.high) < EXACT else None


def _summed(ours: Sequence[int], theirs: Sequence[int]) -> tuple[int, ...]:
    if len(ours) != len(theirs):
        raise ValueError(f"violations of {len(theirs)} rules; expected {len(ours)}")
    return tuple(our_count + their_count for our_count, their_count in zip(ours, theirs, strict=True))
