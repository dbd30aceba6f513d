"""Before the exchange: rows are kept by reference and profiled many at a time, so that a small batch costs nothing.

Profiling them all at once would hold up the features for that long: by the clock it is one feature at a time.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

import msgspec
import numpy as np
import polars as pl

from dataflows.buffered_logic import PERIOD, BufferedLogic
from dataflows.definitions import Feature
from dataflows.kernels.arrays import Ints
from dataflows.metrics import PROFILED
from dataflows.quality.error_boundary import error_boundary
from dataflows.quality.intervals import Intervals
from dataflows.quality.subjects import empty_profile
from dataflows.rows import ValidatedRows, profiled_as
from reports.alerting import RowProfiles, Start
from reports.profiling import Profile
from reports.records import Sample

MOST_ROWS = 20_000

Kept = dict[str, tuple[str, dict[Start, bytes]]]
"""Profiles in a snapshot, by feature: its profiled definition (see `profiled_as`), and the profiles by interval."""


class WorkerAffinity:
    """Maps all shards of a worker to one key, so that rows are profiled on the worker that made them.

    The key of a step decides on which worker it runs. Shards whose rows arrive in one
    batch belong to one worker; the least of the shards ever observed together is their key.

    >>> homes = WorkerAffinity()
    >>> homes(["007", "004"]), homes(["007"]), homes(["004", "001"]), homes(["007"])
    ('004', '004', '001', '001')
    """

    def __init__(self) -> None:
        self._homes: dict[str, str] = {}

    def __call__(self, shards: Iterable[str]) -> str:
        """Returns the common key of shards that arrived together."""
        homes = {self._home(shard) for shard in shards}
        home = min(homes)
        self._homes.update(dict.fromkeys(homes, home))
        return home

    def _home(self, shard: str) -> str:
        while (nearer := self._homes.get(shard, shard)) != shard:
            shard = nearer
        return shard


class RowProfiler(BufferedLogic[ValidatedRows, RowProfiles]):
    """Profiles the rows of one entity type; a snapshot holds the profiles that are not yet sent.

    What was kept of a feature that has another definition or other rules now is left behind.
    """

    def __init__(self, features: Sequence[Feature], intervals: Intervals, snapshot: bytes | None) -> None:
        self._features = {feature.feature_name: feature for feature in features}
        self._entity_id, self._intervals = features[0].entity_id, intervals
        self._waiting: list[ValidatedRows] = []
        self._rows = 0
        self._folding: Iterator[str] = iter(())
        self._under_way = False
        self._profiles: dict[str, dict[Start, Profile]] = {}
        with error_boundary(self._entity_id):
            self._profiles = dict(self._loaded(snapshot)) if snapshot else {}
        super().__init__(resumed=bool(self._profiles))

    def hold(self, values: list[ValidatedRows]) -> bool:
        """Keeps the rows; MOST_ROWS of them are enough."""
        self._waiting += values
        self._rows += sum(len(checked.rows.frame) for checked in values)
        return self._rows >= MOST_ROWS

    def release(self) -> list[RowProfiles]:
        """The rows, profiled."""
        self._fold_all()
        return self._passed_on()

    def on_notify(self) -> tuple[Iterable[RowProfiles], bool]:
        """Profiles one feature of the buffered rows; sends the profiles once every feature has one."""
        if self._waiting and not self._under_way:
            self._folding, self._under_way = self._folded(), True
        if next(self._folding, None) is None:
            return self._passed_on(), self.RETAIN
        self._due = datetime.now(UTC)
        return [], self.RETAIN

    def snapshot(self) -> bytes:
        """Encodes the buffered rows as profiles."""
        self._fold_all()
        profiles: Kept = {
            name: (profiled_as(self._features[name]), {start: profile.dump() for start, profile in parts.items()})
            for name, parts in self._profiles.items()
        }
        return msgspec.msgpack.encode(profiles)

    def _loaded(self, snapshot: bytes) -> Iterator[tuple[str, dict[Start, Profile]]]:
        for name, (of, parts) in msgspec.msgpack.decode(snapshot, type=Kept).items():
            if name in self._features and profiled_as(self._features[name]) == of:
                yield name, {start: Profile.load(profile) for start, profile in parts.items()}

    def _passed_on(self) -> list[RowProfiles]:
        sent, self._profiles, self._under_way = self._profiles, {}, False
        self._due = datetime.now(UTC) + PERIOD if self._waiting else None
        return [RowProfiles(name, profiles) for name, profiles in sent.items()]

    def _fold_all(self) -> None:
        for _ in chain(self._folding, self._folded()):
            pass

    def _folded(self) -> Iterator[str]:
        """Profiles the buffered rows; yields after each feature."""
        waiting, self._waiting, self._rows = self._waiting, [], 0
        now, slices, since = self._intervals.now(), list[_Slice](), dict[str, int]()
        for checked in waiting:
            since |= checked.rows.since
        with error_boundary(self._entity_id):
            slices = self._sliced(pl.concat([checked.rows.frame for checked in waiting]), now) if waiting else []
            self._add_breaches(waiting, now)
            self._add_nulled(waiting, now)
        for part in slices:
            PROFILED.inc(len(part.rows))
            for name, feature in self._features.items():
                unbroken = [0] * len(feature.validation_rules)
                self._add(name, part.start, _Seen(part.rows[name], unbroken, part.warming[name], [], part.past))
                if name in since:
                    self._profiles[name][part.start].note_since(since[name])
                yield name

    def _starts(self, frame: pl.DataFrame, now: int) -> Ints:
        """The interval of each row."""
        times = np.maximum(frame["_as_of"].to_numpy(), self._intervals.oldest(now))
        length = self._intervals.length_ms
        starts: Ints = (np.full_like(times, now) if self._intervals.processing else times) // length * length
        return starts

    def _sliced(self, frame: pl.DataFrame, now: int) -> list["_Slice"]:
        """Slices rows by interval, without the rows of removed entities."""
        frame = frame.filter(~frame["_gone"])
        starts = self._starts(frame, now)
        slices = [(start, frame.filter(starts == start)) for start in np.unique(starts).tolist()]
        return [_Slice(start, rows, _warming(rows["_warming"]), self._past(rows, start)) for start, rows in slices]

    def _past(self, rows: pl.DataFrame, start: Start) -> int:
        """How many rows are of a backlog."""
        return int((rows["_as_of"] < self._intervals.past(start)).sum())

    def _add_breaches(self, waiting: Iterable[ValidatedRows], now: int) -> None:
        """Adds the rule violations, by feature and interval."""
        breaches: dict[tuple[str, Start], _Seen] = {}
        for checked in waiting:
            starts = self._starts(checked.rows.frame, now) if checked.broken else np.empty(0, np.int64)
            for name, broken in checked.broken.items():
                for place, rows in enumerate(broken):
                    for start, count in zip(*np.unique(starts[rows], return_counts=True), strict=True):
                        breach = breaches.setdefault((name, int(start)), _Seen.nothing(checked, name))
                        breach.violations[place] += int(count)
                for sample in checked.samples[name]:
                    at_ms = now if self._intervals.processing else max(sample.at_ms, self._intervals.oldest(now))
                    breaches[name, self._intervals.start(at_ms)].samples.append(sample)
        for (name, start), breach in breaches.items():
            self._add(name, start, breach)

    def _add_nulled(self, waiting: Iterable[ValidatedRows], now: int) -> None:
        """Adds the values that failed to compute to the interval of the newest row of their batch."""
        for rows in (checked.rows for checked in waiting if checked.rows.nulled):
            start = int(self._starts(rows.frame, now).max(initial=0))
            for cause in rows.nulled:
                with error_boundary(cause.feature):
                    self._profile(cause.feature, start).add_nulled({cause.why: cause.values})

    def _profile(self, name: str, start: Start) -> Profile:
        """The profile of a feature in an interval."""
        profiles = self._profiles.setdefault(name, {})
        if start not in profiles:
            profiles[start] = empty_profile(self._features[name])
        return profiles[start]

    def _add(self, name: str, start: Start, observed: "_Seen") -> None:
        with error_boundary(name):
            profile = empty_profile(self._features[name])
            profile.add(observed.values, observed.violations, observed.warming)
            profile.add_samples(observed.samples)
            profile.note_past(observed.past)
            profiles = self._profiles.setdefault(name, {})
            if start in profiles:
                profile.merge(profiles[start])
            profiles[start] = profile


@dataclass(frozen=True, slots=True)
class _Slice:
    """Rows of one interval, the number of them that warm up, by feature, and that of a backlog."""

    start: Start
    rows: pl.DataFrame
    warming: Counter[str]
    past: int


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is added to a profile at once."""

    values: pl.Series
    violations: list[int]
    warming: int
    samples: list[Sample]
    past: int

    @classmethod
    def nothing(cls, checked: ValidatedRows, name: str) -> "_Seen":
        """No values, and no violation of any rule."""
        return cls(checked.rows.frame[name].clear(), [0] * len(checked.broken[name]), 0, [], 0)


def _warming(names: pl.Series) -> Counter[str]:
    """Counts the rows of each feature that warm up."""
    counts: Counter[str] = Counter()
    if names.null_count() < len(names):
        for together, rows in names.drop_nulls().value_counts().iter_rows():
            for name in together.split(","):
                counts[name] += rows
    return counts
