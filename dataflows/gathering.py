"""Before the exchange: rows are kept by reference and profiled many at a time, so that a small batch costs nothing."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import polars as pl
from bytewax.operators import StatefulBatchLogic

from dataflows.arrivals import Arrivals
from dataflows.clocks import Now
from dataflows.events import Events
from dataflows.freshness import Waits
from dataflows.metrics import PROFILED, QUALITY_ERRORS
from dataflows.rules import Checked
from dataflows.spec import Feature
from dataflows.windows import Late
from reports.profile import Profile, kind_of
from reports.records import Sample
from reports.source_judge import Intake

log = logging.getLogger(__name__)
RETAIN = False
MOST_ROWS = 20_000
PERIOD = timedelta(seconds=1)
SHOWN, SHOWN_BYTES = 5, 200
Start = int
"""When an interval begins (ms)."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """How time is cut: by `_as_of`, or with `processing` by the clock `now`."""

    length_ms: int
    processing: bool
    now: Now

    def start(self, time_ms: int) -> Start:
        """The interval of a time."""
        return time_ms // self.length_ms * self.length_ms


@dataclass(frozen=True, slots=True)
class Part:
    """What was seen of one subject (`key`), by the interval it falls into; without anything it only wakes it up."""

    key: str
    profiles: Mapping[Start, Profile] = field(default_factory=dict)
    intakes: Mapping[Start, Intake] = field(default_factory=dict)
    waits: Waits | None = None


class RowGathering(StatefulBatchLogic[Checked, Part, bytes]):
    """Rows of one entity type; a snapshot holds what is not sent on yet, profiled."""

    def __init__(self, features: Sequence[Feature], intervals: Intervals, snapshot: bytes | None) -> None:
        self._features, self._intervals = features, intervals
        self._waiting: list[Checked] = []
        self._rows = 0
        self._due: datetime | None = None
        self._profiles = _loaded(snapshot, {feature.feature_name for feature in features})

    def on_batch(self, values: list[Checked]) -> tuple[Iterable[Part], bool]:
        """Keeps the rows, unless there are enough of them."""
        self._waiting += values
        self._rows += sum(len(checked.rows.frame) for checked in values)
        self._due = self._due or datetime.now(UTC) + PERIOD
        return self._sent() if self._rows >= MOST_ROWS else [], RETAIN

    def on_notify(self) -> tuple[Iterable[Part], bool]:
        """Sends on what was kept for a while."""
        return self._sent(), RETAIN

    def on_eof(self) -> tuple[Iterable[Part], bool]:
        """Nothing is kept back at the end."""
        return self._sent(), RETAIN

    def notify_at(self) -> datetime | None:
        """A while after the first row that waits."""
        return self._due

    def snapshot(self) -> bytes:
        """What waits, as profiles."""
        self._fold()
        kept = {name: {start: one.dump() for start, one in parts.items()} for name, parts in self._profiles.items()}
        return msgspec.msgpack.encode(kept)

    def _sent(self) -> list[Part]:
        self._fold()
        sent, self._profiles, self._due = self._profiles, {}, None
        return [Part(name, profiles=profiles) for name, profiles in sent.items()]

    def _fold(self) -> None:
        waiting, self._waiting, self._rows = self._waiting, [], 0
        if waiting:
            frame = pl.concat([checked.rows.frame for checked in waiting])
            for start, rows in self._by_interval(frame):
                PROFILED.inc(len(rows))
                self._profile(start, rows)
            self._violations(self._intervals.start(self._newest(frame)), waiting)

    def _newest(self, frame: pl.DataFrame) -> int:
        newest = frame["_as_of"].max()
        return newest if isinstance(newest, int) and not self._intervals.processing else self._intervals.now()

    def _by_interval(self, frame: pl.DataFrame) -> Iterator[tuple[Start, pl.DataFrame]]:
        """Rows of entities that are gone are values of nobody."""
        frame = frame.filter(~frame["_gone"])
        if self._intervals.processing:
            yield self._intervals.start(self._intervals.now()), frame
            return
        length = self._intervals.length_ms
        starts = frame["_as_of"].to_numpy() // length * length
        found = np.unique(starts).tolist()
        for start in found:
            yield start, frame if len(found) == 1 else frame.filter(starts == start)

    def _profile(self, start: Start, rows: pl.DataFrame) -> None:
        warming = _warming(rows["_warming"])
        for feature in self._features:
            name = feature.feature_name
            self._add(feature, start, _Values(rows[name], warming=warming.get(name, 0)))

    def _violations(self, start: Start, waiting: Iterable[Checked]) -> None:
        """They count into the newest interval of the rows."""
        for feature in self._features:
            name = feature.feature_name
            for checked in waiting:
                broken = checked.violations.get(name, ())
                if any(broken):
                    none = checked.rows.frame[name].clear()
                    self._add(feature, start, _Values(none, broken, samples=checked.samples.get(name, ())))

    def _add(self, feature: Feature, start: Start, values: "_Values") -> None:
        """The one place where an exception does not end the run: a feature is served whatever becomes of its profile.

        What could not be profiled is left out, counted and logged.
        """
        name, rules = feature.feature_name, len(feature.validation_rules)
        try:
            profile = Profile(kind_of(feature.value_type), rules)
            profile.add(values.values, values.violations or [0] * rules, values.warming)
            profile.add_samples(values.samples)
            profiles = self._profiles.setdefault(name, {})
            if start in profiles:
                profiles[start].merge(profile)
            else:
                profiles[start] = profile
        except Exception:
            QUALITY_ERRORS.labels(name).inc()
            log.exception("values of %s could not be profiled; its features are served all the same", name)


@dataclass(frozen=True, slots=True)
class _Values:
    """What is added to a profile at once."""

    values: pl.Series
    violations: Sequence[int] = ()
    warming: int = 0
    samples: Sequence[Sample] = ()


class IntakeGathering(StatefulBatchLogic[Part, Part, bytes]):
    """Counts of one source; they are small, so they are only kept a while to be sent together."""

    def __init__(self, snapshot: bytes | None) -> None:
        self._key, self._intakes = ("", {}) if snapshot is None else _loaded_intakes(snapshot)
        self._due: datetime | None = None

    def on_batch(self, values: list[Part]) -> tuple[Iterable[Part], bool]:
        """Adds up."""
        for part in values:
            self._key = part.key
            for start, intake in part.intakes.items():
                self._intakes[start] = self._intakes.get(start, Intake()) + intake
        self._due = self._due or datetime.now(UTC) + PERIOD
        return [], RETAIN

    def on_notify(self) -> tuple[Iterable[Part], bool]:
        """Sends on what was kept for a while."""
        return self._sent(), RETAIN

    def on_eof(self) -> tuple[Iterable[Part], bool]:
        """Nothing is kept back at the end."""
        return self._sent(), RETAIN

    def notify_at(self) -> datetime | None:
        """A while after the first count that waits."""
        return self._due

    def snapshot(self) -> bytes:
        """What waits."""
        return msgspec.msgpack.encode((self._key, self._intakes))

    def _sent(self) -> list[Part]:
        sent, self._intakes, self._due = self._intakes, {}, None
        return [Part(self._key, intakes=sent)] if sent else []


def source_key(source: str) -> str:
    """The key of a source among those of features; no feature can be called so."""
    return f"source:{source}"


def intake_of(now: Now) -> Callable[[Events], Intake]:
    """Counts what a batch brought and what of it was rejected."""

    def count(events: Events) -> Intake:
        rejects = Counter(reject.reason for reject in events.rejects)
        arrivals = events.arrivals
        samples = [_sample(arrivals, one.row, f"{one.reason}: {one.detail}") for one in events.rejects[:SHOWN]]
        return Intake(
            events=len(arrivals.payloads),
            rejects=dict(rejects),
            samples=tuple(samples),
            newest_ms=events.newest,
            arrived_ms=now() if arrivals.payloads else None,
        )

    return count


def intake_of_late(late: Late) -> Intake:
    """Counts what came too late for an entity."""
    samples = [_sample(late.arrivals, int(row), "late") for row in late.rows[:SHOWN]]
    return Intake(rejects={"late": len(late.rows)}, samples=tuple(samples))


def _sample(arrivals: Arrivals, row: int, reason: str) -> Sample:
    raw, at = arrivals.place(row)
    payload = raw.payloads[at][:SHOWN_BYTES].decode(errors="replace")
    return Sample(entity=raw.partition, value=payload, at_ms=raw.published_ms, reason=reason)


def _warming(names: pl.Series) -> Counter[str]:
    """How many rows of each feature are warming up."""
    found: Counter[str] = Counter()
    if names.null_count() < len(names):
        for together, rows in names.drop_nulls().value_counts().iter_rows():
            for name in together.split(","):
                found[name] += rows
    return found


def _loaded(snapshot: bytes | None, known: set[str]) -> dict[str, dict[Start, Profile]]:
    if snapshot is None:
        return {}
    kept = msgspec.msgpack.decode(snapshot, type=dict[str, dict[int, bytes]])
    return {name: {at: Profile.load(one) for at, one in parts.items()} for name, parts in kept.items() if name in known}


def _loaded_intakes(snapshot: bytes) -> tuple[str, dict[Start, Intake]]:
    return msgspec.msgpack.decode(snapshot, type=tuple[str, dict[int, Intake]])
