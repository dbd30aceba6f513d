"""Keeps rows by reference before the exchange, and holds the last row of each entity for its profile.

A small batch costs nothing. About once a second waiting rows are merged with the held ones; profiles are made only when
due, one feature at a time, because all at once would delay features for that long.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

import msgspec
import numpy as np
import polars as pl
from bytewax.operators import StatefulBatchLogic

from dataflows.definitions import Feature
from dataflows.kernels.arrays import Bools
from dataflows.metrics import PROFILED
from dataflows.quality.error_boundary import error_boundary
from dataflows.quality.intervals import Intervals
from dataflows.quality.profiling.entity_rows import marked_together
from dataflows.quality.profiling.entity_sample import EntitySample
from dataflows.quality.profiling.worker_affinity import WorkerAffinity
from dataflows.rows import ValidatedRows, profiled_as
from reports.alerting import RowProfiles, Start
from reports.profiling import Profile, SampleLayers

log = logging.getLogger(__name__)

MOST_ROWS = 20_000
"""Most waiting rows; more are merged with the held ones at once."""
PERIOD = timedelta(seconds=1)
SEND_MS = 4_000
"""Pause between two profiles of an open interval (ms)."""
_VERSION = b"ENTITIES\x01"


class WorkerRows(NamedTuple):
    """Rows under the key of the worker that made them."""

    home: str
    checked: ValidatedRows


@dataclass(frozen=True, slots=True)
class RowProfilers:
    """Configures the profiling of an entity type: its features, the intervals, the entities that a worker holds."""

    features: Sequence[Feature]
    intervals: Intervals
    most_entities: int
    home: WorkerAffinity

    def __call__(self, snapshot: bytes | None) -> "RowProfiler":
        """Creates or restores a profiler; drops a snapshot of other definitions or an earlier version."""
        profiler = RowProfiler(self.features, self.intervals, self.most_entities)
        if snapshot is not None:
            with error_boundary(self.features[0].entity_id):
                profiler.restore(snapshot)
            if profiler.home:
                self.home.resume(profiler.home)
        return profiler


class RowProfiler(StatefulBatchLogic[WorkerRows, RowProfiles, bytes]):
    """Holds the last rows of one entity type by interval, and profiles them.

    In a live run profiles are sent every SEND_MS while an interval is open, and once when it accepts no more rows; in a
    replay, whose time is that of the rows, when later rows have arrived, and at the end.
    """

    def __init__(self, features: Sequence[Feature], intervals: Intervals, most_entities: int) -> None:
        self.home = ""
        self._features = {feature.feature_name: feature for feature in features}
        self._entity_id, self._intervals = features[0].entity_id, intervals
        self._new: Callable[[], EntitySample] = partial(EntitySample, features, most_entities)
        self._waiting: list[ValidatedRows] = []
        self._rows = 0
        self._held: dict[Start, EntitySample] = {}
        self._changed: set[Start] = set()
        self._bare: set[Start] = set()  # intervals sent without layers, which follow when the interval has ended
        self._sending, self._unsent = tuple[Start, ...](), deque[str]()
        self._send_ms = 0
        self._due: datetime | None = None

    def on_batch(self, values: list[WorkerRows]) -> tuple[Iterable[RowProfiles], bool]:
        """Keeps the rows; merges them with the held ones once there are MOST_ROWS."""
        self.home = values[0].home
        self._waiting += [value.checked for value in values]
        self._rows += sum(len(value.checked.rows.frame) for value in values)
        self._due = self._due or datetime.now(UTC) + PERIOD
        if self._rows < MOST_ROWS:
            return [], self.RETAIN
        self._fold()
        return [] if self._intervals.live else self._passed(), self.RETAIN

    def on_notify(self) -> tuple[Iterable[RowProfiles], bool]:
        """Profiles the next due feature; merges waiting rows before the first one."""
        if not self._unsent:
            self._fold()
            if not self._intervals.live:
                return self._passed(), self.RETAIN
            self._begin_sending()
        profiles = self._next_profiles()
        if self._unsent:
            self._due = datetime.now(UTC)
        else:
            self._due = datetime.now(UTC) + PERIOD if self._waiting or self._changed or self._bare else None
        return profiles, self.RETAIN

    def on_eof(self) -> tuple[Iterable[RowProfiles], bool]:
        """Sends all profiles that have changed."""
        self._fold()
        return self._all_profiles(self._changed), self.RETAIN

    def notify_at(self) -> datetime | None:
        """Returns when rows are to be merged or profiles sent."""
        return self._due

    def snapshot(self) -> bytes:
        """Encodes the held rows as bytes."""
        self._fold()
        held = {start: rows.dump() for start, rows in self._held.items()}
        return _VERSION + msgspec.msgpack.encode((self.home, self._profiled_as(), held))

    def restore(self, snapshot: bytes) -> None:
        """Restores a snapshot; drops rows of other definitions or rules."""
        if not snapshot.startswith(_VERSION):
            log.info("%s: profiles of an earlier version are discarded; the interval starts over", self._entity_id)
            return
        parts = tuple[str, str, dict[int, bytes]]
        self.home, of, held = msgspec.msgpack.decode(snapshot[len(_VERSION) :], type=parts)
        if of == self._profiled_as():
            for start, rows in held.items():
                self._held[start] = self._new()
                self._held[start].restore(rows)
            self._changed, self._due = set(held), datetime.now(UTC)

    def _profiled_as(self) -> str:
        return "\n".join(f"{name}: {profiled_as(feature)}" for name, feature in sorted(self._features.items()))

    def _fold(self) -> None:
        """Merges waiting rows: keeps the last row of each entity and interval that follows an event."""
        waiting, self._waiting, self._rows = self._waiting, [], 0
        with error_boundary(self._entity_id):
            if waiting:
                known = (checked.rows.oldest_ms for checked in waiting if checked.rows.oldest_ms is not None)
                self._hold(_of_events(waiting), min(known, default=None))

    def _hold(self, rows: pl.DataFrame, oldest_ms: int | None) -> None:
        """Holds rows; records the oldest row if the run resumed the state."""
        PROFILED.inc(len(rows))
        starts = self._intervals.starts(rows["_as_of"].to_numpy())
        for start in np.unique(starts).tolist():
            chosen = starts == start
            self._held.setdefault(start, self._new()).take(rows if chosen.all() else rows.filter(chosen))
            if oldest_ms is not None:
                self._held[start].note_oldest(oldest_ms)
            self._changed.add(start)

    def _begin_sending(self) -> None:
        """Selects the profiles to send: intervals that have ended or were not sent for a while."""
        now = self._intervals.now()
        ended = {start for start in self._held if self._has_ended(start)}
        self._changed |= ended & self._bare
        if now >= self._send_ms or ended & self._changed:
            self._sending, self._unsent = tuple(sorted(self._changed)), deque(self._features if self._changed else ())
            self._changed, self._send_ms = set(), now + SEND_MS
            self._bare = {start for start in self._held if not self._held[start].level and not self._has_ended(start)}
        if not self._unsent:
            self._forget(ended)

    def _next_profiles(self) -> list[RowProfiles]:
        return [*self._profiles(self._unsent.popleft(), self._sending)] if self._unsent else []

    def _passed(self) -> list[RowProfiles]:
        """Returns the changed profiles of a replay's intervals before the newest."""
        newest = max(self._held, default=0)
        profiles = self._all_profiles({start for start in self._changed if start < newest})
        oldest = newest - self._intervals.behind * self._intervals.length_ms
        self._forget({start for start in self._held if start < oldest})
        self._due = None
        return profiles

    def _all_profiles(self, starts: set[Start]) -> list[RowProfiles]:
        chosen, self._unsent = tuple(sorted({*starts, *(self._sending if self._unsent else ())})), deque()
        self._changed = self._changed - starts
        return [profiles for name in self._features for profiles in self._profiles(name, chosen)] if chosen else []

    def _profiles(self, name: str, starts: Iterable[Start]) -> Iterable[RowProfiles]:
        profiles, layers = dict[Start, Profile](), dict[Start, SampleLayers]()
        with error_boundary(name):
            for start in starts:
                held, feature, past_ms = self._held[start], self._features[name], self._intervals.past(start)
                if start not in self._bare:
                    layers[start] = held.layers(feature, past_ms)
                profiles[start] = held.profile(feature)
                profiles[start].note_past(held.older_than(past_ms))
        if profiles:
            yield RowProfiles(name, profiles, self.home, layers)

    def _has_ended(self, start: Start) -> bool:
        """Returns whether an interval of a live run accepts no more rows."""
        return start < self._intervals.start(self._intervals.oldest(self._intervals.now()))

    def _forget(self, starts: set[Start]) -> None:
        for start in starts:
            del self._held[start]
        self._bare -= starts


def _of_events(waiting: Sequence[ValidatedRows]) -> pl.DataFrame:
    """Returns the rows that follow an event: rows changed only by time belong to no active entity."""
    rows = marked_together(waiting)
    if all(checked.rows.after_event is None for checked in waiting):
        return rows
    return rows.filter(np.concatenate([_after_event(checked) for checked in waiting]))


def _after_event(checked: ValidatedRows) -> Bools:
    shown = checked.rows.after_event
    return np.ones(len(checked.rows.frame), np.bool_) if shown is None else shown
