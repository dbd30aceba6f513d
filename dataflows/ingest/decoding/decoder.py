"""Decodes a batch of payloads into a typed frame and rejects; one bad payload rejects only itself.

The decoder is strict: it rejects a number in quotes, a fraction for an integer, or `true` for a number instead of
guessing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import polars as pl

from connectors.messages import RawBatch
from dataflows.definitions import Source
from dataflows.ingest.batches import MergedBatch
from dataflows.ingest.decoding.event_columns import Wrong
from dataflows.ingest.decoding.refusals import RejectedEvent
from dataflows.ingest.decoding.typed_events import EventReader
from dataflows.ingest.event_limits import EventLimits, too_long
from dataflows.kernels.arrays import Bools, Ints, Reals
from dataflows.metrics import NOT_FINITE

_YEAR_3000 = 32_503_680_000_000
_LATER = 1e17
"""Later than the year 3000 in every unit, and small enough to be multiplied."""
_A_MS = {"ms": 1.0, "us": 1_000.0}


@dataclass(frozen=True, slots=True)
class EventBatch:
    """The events of a batch: `frame` (one row per event), their event times (ms), their rows in `arrivals`."""

    source: str
    arrivals: MergedBatch
    frame: pl.DataFrame
    times: Ints
    rows: Ints
    rejects: tuple[RejectedEvent, ...]

    @property
    def newest(self) -> int | None:
        """Returns the newest event time (ms); None without events."""
        return int(self.times.max()) if len(self.times) else None

    def before(self, time: int) -> "EventBatch":
        """Returns the events older than a time (ms)."""
        return self if (self.newest or 0) < time else self._filtered(self.times < time)

    def without(self, events: Iterable[int]) -> "EventBatch":
        """Removes the events with the given numbers."""
        mask = np.ones(len(self.times), np.bool_)
        mask[list(events)] = False
        return self._filtered(mask)

    def _filtered(self, mask: Bools) -> "EventBatch":
        return replace(self, frame=self.frame.filter(mask), times=self.times[mask], rows=self.rows[mask])


class Decoder:
    """Decodes the batches of one source. `kept_columns` are the text columns that some feature stores.

    The events may lack columns other than those in `read` (None: all), ids and the time.
    """

    def __init__(
        self,
        source: Source,
        limits: EventLimits | None = None,
        kept_columns: Iterable[str] = (),
        read: Iterable[str] | None = None,
    ) -> None:
        limits = limits or EventLimits()
        own = {*source.entities.values(), source.event_time.column, *kept_columns}
        self._source = source
        self._read = EventReader(source, limits, source.columns if read is None else own.union(read))
        self._not_finite = NOT_FINITE.labels(source.name)
        self._keys = tuple(dict.fromkeys(source.entities.values()))
        texts = {name for name, kind in source.columns.items() if kind == "STRING"}
        self._bounds = [
            *(("id_too_long", name, "HEADRACE_MAX_ID_BYTES", limits.id_bytes) for name in self._keys if name in texts),
            *(
                ("text_too_long", name, "HEADRACE_MAX_TEXT_BYTES", limits.text_bytes)
                for name in sorted(texts.intersection(kept_columns))
            ),
        ]

    def __call__(self, *batches: RawBatch) -> EventBatch:
        """Decodes the merged batches into events and rejects."""
        arrivals = MergedBatch(batches)
        read = self._read(arrivals)
        frame, rows = read.frame, read.rows
        self._not_finite.inc(read.nulled)
        times = _milliseconds(frame[self._source.event_time.column], self._source.event_time.unit)
        refused = dict[int, RejectedEvent]()
        for row, reason, detail in chain(
            read.wrong, self._too_long(frame, read.longest), self._misplaced(frame, times, arrivals, rows)
        ):
            refused.setdefault(row, RejectedEvent(int(rows[row]), reason, detail, int(times[row])))
        rejects = (*read.rejects, *refused.values())
        events = EventBatch(self._source.name, arrivals, frame, times.astype(np.int64), rows, rejects)
        return events.without(refused) if refused else events

    def _too_long(self, frame: pl.DataFrame, longest: int) -> Iterator[Wrong]:
        """Yields ids and texts that exceed their limits; skipped if no text is longer than the limit."""
        for reason, name, setting, limit in self._bounds:
            if longest <= limit:
                continue
            lengths = frame[name].str.len_bytes()
            for row in (lengths > limit).arg_true():
                yield row, reason, too_long(name, lengths[row], setting, limit)

    def _misplaced(self, frame: pl.DataFrame, times: Reals, arrivals: MergedBatch, rows: Ints) -> Iterator[Wrong]:
        """Yields events with an impossible time or without an entity."""
        name, column = self._source.event_time.column, frame[self._source.event_time.column]
        if times.min(initial=0) < 0 or times.max(initial=0) >= _YEAR_3000:
            for row in np.flatnonzero((times < 0) | (times >= _YEAR_3000)).tolist():
                yield row, *_no_time(name, column[row])
        ahead = arrivals.ahead(times, rows, self._source.max_future_ms)
        for row in ahead.tolist():
            yield row, "future", self._ahead(times[row], int(arrivals.arrived(rows[row : row + 1])[0]))
        for row in np.flatnonzero(_nobody(frame, self._keys)).tolist():
            yield row, "no_entity", f"{' and '.join(self._keys)}: null or empty; expected the id of at least one entity"

    def _ahead(self, time: float, arrived: int) -> str:
        name, limit = self._source.event_time.column, self._source.max_future_ms / 1000
        return f"{name} is {(time - arrived) / 1000:,.0f} s ahead of its arrival; expected at most {limit:,.0f} s"


def _no_time(name: str, value: object) -> tuple[str, str]:
    if value is None:
        return "no_event_time", f"{name} is null; expected the time of the event"
    return "bad_event_time", f"{name} is {value}; expected a time between 1970 and 3000"


def _milliseconds(time: pl.Series, unit: str) -> Reals:
    """Returns event times (ms, as doubles): -1 for a missing time or one before 1970, capped at the year 3000.

    Seconds with a fraction are rounded to microseconds first, because 1767225600.123 is slightly less as a double.
    Works on whole columns without an expression, because polars' engine has a fixed cost per batch.
    """
    if isinstance(time.dtype, pl.Datetime):
        number, unit = time.cast(pl.Int64).cast(pl.Float64).to_numpy(), "ms"
    else:
        number = time.cast(pl.Float64).to_numpy()
    number = np.where(number > -1, np.minimum(number, _LATER), -1.0)
    ms = np.rint(number * 1e6) / 1e3 if unit == "s" else number / _A_MS[unit]
    floored: Reals = np.floor(ms)
    return np.minimum(floored, _YEAR_3000)


def _nobody(frame: pl.DataFrame, keys: Iterable[str]) -> Bools | np.bool_:
    """Returns which events have no entity at all."""
    columns = [frame[key] for key in keys]
    if not all(column.null_count() for column in columns):
        return np.False_
    nobody: Bools = np.logical_and.reduce([column.is_null().to_numpy() for column in columns])
    return nobody
