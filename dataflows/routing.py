"""Events -> columns per shard: expressions once per source, then one cut per entity type.

What crosses the exchange are arrays: ids, event times, words of values and the lanes that let each event in.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from connectors.messages import RawBatch
from dataflows.events import Events
from dataflows.expressions import compile_expression
from dataflows.kernels.arrays import Batch, Bytes, Ints
from dataflows.kernels.cutting import cut, take
from dataflows.kernels.strings import hash_strings, take_strings
from dataflows.layout import Feed, Lane, Value
from dataflows.monoids import Kind
from dataflows.spec import Source
from dataflows.strings import Strings, strings_of


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A batch with every value and lane of its source: `values` (rows, values) words, `lanes` (rows, lanes)."""

    events: Events
    values: Ints
    lanes: Bytes
    texts: Mapping[int, tuple[Strings, Bytes]]  # column of `values` -> the texts and which exist


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the events of a slice came from, for the dead letters."""

    raw: RawBatch
    rows: Ints

    def __reduce__(self) -> tuple[object, ...]:
        """Sent to another worker, the slice takes its own payloads along and names the batch's last position."""
        last = self.raw.position(len(self.raw.payloads) - 1) if self.raw.payloads else ""
        payloads = [self.raw.payloads[row] for row in self.rows]
        return _origin, (self.raw.partition, payloads, self.raw.published_ms, self.raw.newest_ms, last)


@dataclass(frozen=True, slots=True)
class ShardBatch:
    """Events for one shard. `newest` is the newest event time of the whole batch (ms), None when it had none."""

    source: str
    batch: Batch
    texts: Mapping[int, tuple[Strings, Bytes]]
    origin: Origin
    newest: int | None


class Evaluator:
    """Evaluates the expressions of all features of one source over a batch."""

    def __init__(self, source: Source, feeds: Iterable[Feed]) -> None:
        feeds = tuple(feeds)
        self.values = tuple(dict.fromkeys(value for feed in feeds for value in feed.values))
        self.lanes = tuple(dict.fromkeys(lane for feed in feeds for lane in feed.lanes))
        texts = dict.fromkeys(text for lane in self.lanes for text in (lane.filter, lane.value) if text)
        self._columns = {text: f"c{i}" for i, text in enumerate(texts)}
        self._expressions = [
            compile_expression(text, source.columns).expr.alias(name) for text, name in self._columns.items()
        ]

    def __call__(self, events: Events) -> Evaluated:
        """Words, lanes and texts of a batch."""
        n = len(events.frame)
        columns = events.frame.select(self._expressions).get_columns() if n and self._expressions else []
        series = dict(zip(self._columns, columns, strict=bool(columns)))
        # a literal gives one row for all events
        series = {text: s if len(s) == n else s.new_from_index(0, n) for text, s in series.items()}
        values, texts = np.empty((n, len(self.values)), np.int64), {}
        lanes = np.empty((n, len(self.lanes)), np.uint8)
        if n:
            for column, value in enumerate(self.values):
                if value.interned:
                    texts[column] = _texts(series[value.text])
                else:
                    values[:, column] = _words(series[value.text], value)
            for column, lane in enumerate(self.lanes):
                lanes[:, column] = _lets_in(lane, series, n)
        return Evaluated(events, values, lanes, texts)


class Router:
    """Cuts the batches of one source for one entity type.

    A replay's clock is the event time every partition has reached, so there (`everywhere`) each batch is sent
    to all shards; in a live run only to those it has events for.
    """

    def __init__(self, key: str, feed: Feed, evaluator: Evaluator, shards: int, everywhere: bool) -> None:
        self._key = key
        self._values = np.array([evaluator.values.index(value) for value in feed.values], np.int64)
        self._lanes = np.array([evaluator.lanes.index(lane) for lane in feed.lanes], np.int64)
        self._shards = shards
        self._everywhere = everywhere

    def __call__(self, evaluated: Evaluated) -> Iterator[tuple[str, ShardBatch]]:
        """(shard, its events) for each shard."""
        events = evaluated.events
        column = events.frame[self._key].cast(pl.String)
        ids, known = strings_of(column), column.is_not_null().to_numpy()
        hashes, order, starts = cut(ids.offsets, ids.data, known, evaluated.lanes, self._lanes, self._shards)
        whole = Batch(
            hashes[order],
            *take_strings(ids.offsets, ids.data, order),
            events.times[order],
            take(evaluated.values, order, self._values),
            take(evaluated.lanes, order, self._lanes),
        )
        texts = self._texts(evaluated, order)
        newest = int(events.times.max()) if len(events.times) else None
        for shard in range(self._shards):
            start, stop = int(starts[shard]), int(starts[shard + 1])
            if start < stop or self._everywhere:
                origin = Origin(events.raw, events.rows[order[start:stop]])
                part = _part(whole, start, stop)
                own = {at: (text.part(start, stop), valid[start:stop]) for at, (text, valid) in texts.items()}
                yield shard_key(shard), ShardBatch(events.source, part, own, origin, newest)

    def _texts(self, evaluated: Evaluated, order: Ints) -> dict[int, tuple[Strings, Bytes]]:
        picked = {}
        for column, at in enumerate(self._values):
            if at in evaluated.texts:
                texts, valid = evaluated.texts[at]
                picked[column] = Strings(*take_strings(texts.offsets, texts.data, order)), valid[order]
        return picked


def shard_key(shard: int) -> str:
    """The Bytewax key of a shard."""
    return f"{shard:03d}"


def _part(batch: Batch, start: int, stop: int) -> Batch:
    ids = Strings(batch.offsets, batch.ids).part(start, stop)
    rest = batch.times[start:stop], batch.values[start:stop], batch.lanes[start:stop]
    return Batch(batch.hashes[start:stop], ids.offsets, ids.data, *rest)


def _words(series: pl.Series, value: Value) -> Ints:
    """Values as words; what is null is 0, and no lane lets it in."""
    if value.hashed:
        texts = strings_of(series)
        hashes = np.empty(len(texts), np.int64)
        hash_strings(texts.offsets, texts.data, hashes)
        return hashes
    if value.kind is Kind.REAL:
        return (series.cast(pl.Float64).fill_null(0.0).to_numpy() + 0.0).view(np.int64)  # -0.0 is 0.0
    if value.kind is Kind.TIMESTAMP:
        series = series.dt.epoch("ms")
    return series.cast(pl.Int64).fill_null(0).to_numpy()


def _texts(series: pl.Series) -> tuple[Strings, Bytes]:
    return strings_of(series), series.is_not_null().to_numpy().view(np.uint8)


def _lets_in(lane: Lane, series: Mapping[str, pl.Series], n: int) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    let_in = np.ones(n, np.bool_) if lane.filter is None else series[lane.filter].fill_null(False).to_numpy()
    if lane.value is None:
        return let_in
    value = series[lane.value]
    there = value.is_finite().fill_null(False) if value.dtype.is_float() else value.is_not_null()
    return let_in & there.to_numpy()


def _origin(partition: str, payloads: list[bytes], published_ms: int, newest_ms: int, last: str) -> Origin:
    raw = RawBatch(partition, payloads, published_ms, newest_ms, lambda _: f"in the batch up to {last}")
    return Origin(raw, np.arange(len(payloads)))
