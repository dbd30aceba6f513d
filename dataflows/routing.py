"""Events -> columns per shard: expressions once per source, then one cut per entity type.

What crosses the exchange are arrays: ids, event times, words of values and the lanes that let each event in.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl

from dataflows.arrivals import Arrivals, Picked, arrivals_of
from dataflows.events import Events
from dataflows.expressions import Compiled, compile_expression
from dataflows.failures import Columns, Failures
from dataflows.kernels.arrays import Batch, Bytes, Ints
from dataflows.kernels.cutting import cut, take
from dataflows.kernels.strings import hash_strings, take_strings
from dataflows.layout import Feed
from dataflows.monoids import Kind
from dataflows.nulled import Nulled
from dataflows.spec import Feature, Source
from dataflows.strings import Strings, strings_of
from dataflows.tiles import NO_ROWS, NOTHING
from dataflows.totals import every

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A batch with every value and lane of its source: `values` (rows, values) words, `lanes` (rows, lanes)."""

    events: Events
    values: Ints
    lanes: Bytes
    texts: Mapping[int, tuple[Strings, Bytes]]  # column of `values` -> the texts and which exist
    known: Mapping[str, Bools]  # key column -> which events have one
    nulled: tuple[Nulled, ...] = ()  # values that could not be computed, by feature


@dataclass(frozen=True, slots=True)
class Cut:
    """The events of a batch that one entity type takes, those of a shard side by side.

    `texts` are the texts of columns of `batch.values`, `rows` the places of the events in `arrivals`; `newest` is
    the newest event time of the whole batch (ms), None when it had none.
    """

    source: str
    batch: Batch
    texts: Mapping[int, tuple[Strings, Bytes]]
    arrivals: Arrivals
    rows: Ints
    newest: int | None


@dataclass(frozen=True, slots=True)
class ShardBatch:
    """Events for one shard: rows of a cut, which all shards of a worker share."""

    cut: Cut
    rows: range

    def __reduce__(self) -> tuple[object, ...]:
        """Sent to another worker, a shard takes its own events along and names the batch's last position."""
        cut, (start, stop) = self.cut, (self.rows.start, self.rows.stop)
        texts = {at: (text.part(start, stop), valid[start:stop]) for at, (text, valid) in cut.texts.items()}
        picked = cut.arrivals.pick(cut.rows[start:stop])
        return _sent, (cut.source, _part(cut.batch, start, stop), texts, picked, cut.newest)


class Evaluator:
    """Evaluates the expressions of all features of one source over a batch."""

    def __init__(self, source: Source, feeds: Iterable[Feed], features: Iterable[Feature] = ()) -> None:
        feeds = tuple(feeds)
        self.values = tuple(dict.fromkeys(value for feed in feeds for value in feed.values))
        self.lanes = tuple(dict.fromkeys(lane for feed in feeds for lane in feed.lanes))
        self._keys = tuple(dict.fromkeys(source.entities.values()))
        filters = dict.fromkeys(lane.filter for lane in self.lanes if lane.filter)
        valued = dict.fromkeys(lane.value for lane in self.lanes if lane.value)
        self._filters, self._failures = tuple(filters), Failures(source, features)
        self._expressions = [
            *(compile_expression(text, source.columns).expr.alias(_true(text)) for text in filters),
            *(_plain(compile_expression(text, source.columns)).alias(_value(text)) for text in valued),
            *(pl.col(key).is_not_null().alias(_known(key)) for key in self._keys),
        ]

    def __call__(self, events: Events) -> Evaluated:
        """Words, lanes and texts of a batch. One after another: a hand-over to the pool costs more than the work."""
        columns = events.frame.select_seq(self._expressions)
        there = {lane.value: _foldable(columns[_value(lane.value)]) for lane in self.lanes if lane.value}
        values, texts = self._values(columns, there)
        true = {text: _is_true(columns[_true(text)]) for text in self._filters}
        lanes = np.ones((len(events.times), len(self.lanes)), np.uint8)
        for at, lane in enumerate(self.lanes):
            if lane.filter:
                lanes[:, at] &= true[lane.filter]
            if lane.value:
                lanes[:, at] &= there[lane.value]
        known = {key: columns[_known(key)].to_numpy() for key in self._keys}
        return Evaluated(events, values, lanes, texts, known, self._nulled(events, columns, there, known))

    def _nulled(
        self, events: Events, columns: pl.DataFrame, there: Mapping[str, Bools], known: Mapping[str, Bools]
    ) -> tuple[Nulled, ...]:
        """What could not be computed; most batches have a value for everything, and nothing to ask."""
        filters = {text: columns[_true(text)] for text in self._filters}
        if all(map(every, there.values())) and not any(column.null_count() for column in filters.values()):
            return ()
        values = {text: columns[_value(text)] for text in there}
        return self._failures(Columns(events.frame, filters, values, there, known))

    def _values(
        self, columns: pl.DataFrame, there: Mapping[str, Bools]
    ) -> tuple[Ints, dict[int, tuple[Strings, Bytes]]]:
        values, texts = np.empty((len(columns), len(self.values)), np.int64), dict[int, tuple[Strings, Bytes]]()
        for at, value in enumerate(self.values):
            column = columns[_value(value.text)]
            if value.hashed:
                values[:, at] = _hashes(strings_of(column))
            elif value.kind is Kind.TEXT:
                texts[at] = strings_of(column), there[value.text].view(np.uint8)
            else:
                values[:, at] = _words(column)
        return values, texts


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
        column = events.frame[self._key]
        column = column if column.dtype == pl.String else column.cast(pl.String)
        ids, known = strings_of(column), evaluated.known[self._key]
        hashes, order, starts = cut(ids.offsets, ids.data, known, evaluated.lanes, self._lanes, self._shards)
        offsets, data = take_strings(ids.offsets, ids.data, order)
        values, lanes = take(evaluated.values, order, self._values), take(evaluated.lanes, order, self._lanes)
        batch = Batch(hashes[order], offsets, data, events.times[order], values, lanes)
        texts, rows = self._texts(evaluated, order), events.rows[order]
        whole = Cut(events.source, batch, texts, events.arrivals, rows, events.newest)
        for shard, (start, stop) in enumerate(pairwise(starts.tolist())):
            if start < stop or self._everywhere:
                yield shard_key(shard), ShardBatch(whole, range(start, stop))

    def _texts(self, evaluated: Evaluated, order: Ints) -> dict[int, tuple[Strings, Bytes]]:
        picked = {}
        for column, at in enumerate(self._values):
            if at in evaluated.texts:
                texts, valid = evaluated.texts[at]
                picked[column] = Strings(*take_strings(texts.offsets, texts.data, order)), valid[order]
        return picked


class Ticker:
    """Tells the shards of an entity type how far a source has come that has no events for them."""

    def __init__(self, shards: int) -> None:
        self._shards = shards

    def __call__(self, evaluated: Evaluated) -> Iterator[tuple[str, ShardBatch]]:
        """(shard, no events) for each shard."""
        events = evaluated.events
        tick = ShardBatch(Cut(events.source, NOTHING, {}, events.arrivals, NO_ROWS, events.newest), range(0))
        return ((shard_key(shard), tick) for shard in range(self._shards))


def shard_key(shard: int) -> str:
    """The Bytewax key of a shard."""
    return f"{shard:03d}"


def _part(batch: Batch, start: int, stop: int) -> Batch:
    ids = Strings(batch.offsets, batch.ids).part(start, stop)
    rest = batch.times[start:stop], batch.values[start:stop], batch.lanes[start:stop]
    return Batch(batch.hashes[start:stop], ids.offsets, ids.data, *rest)


def _plain(value: Compiled) -> pl.Expr:
    """A value as a double, a text or a whole number; of a time that is ms."""
    if value.kind is Kind.TIMESTAMP:
        return value.expr.dt.epoch("ms")
    return value.expr.cast(pl.Int64) if value.kind is Kind.BOOL else value.expr


def _is_true(column: pl.Series) -> Bools:
    return (column.fill_null(False) if column.null_count() else column).to_numpy()


def _there(column: pl.Series) -> Bools:
    return column.is_not_null().to_numpy() if column.null_count() else np.ones(len(column), np.bool_)


def _foldable(column: pl.Series) -> Bools:
    """Which values can be folded: those that are there, and of doubles those that are finite."""
    return np.isfinite(column.to_numpy()) if column.dtype == pl.Float64 else _there(column)


def _words(column: pl.Series) -> Ints:
    """Values as words; what stands for a null is not defined, and no lane lets it in.

    Equal numbers have equal words: -0.0 becomes 0.0 (polars takes `+ 0.0` for nothing to do).
    """
    if column.dtype == pl.Float64:
        return (column.to_numpy() + 0.0).view(np.int64)
    return (column.fill_null(0) if column.null_count() else column).to_numpy()


def _hashes(texts: Strings) -> Ints:
    """Texts that are only counted become words here and now."""
    hashes = np.empty(len(texts), np.int64)
    hash_strings(texts.offsets, texts.data, hashes)
    return hashes


def _true(text: str) -> str:
    return f"true:{text}"


def _value(text: str) -> str:
    return f"value:{text}"


def _known(key: str) -> str:
    return f"known:{key}"


def _sent(
    source: str,
    batch: Batch,
    texts: Mapping[int, tuple[Strings, Bytes]],
    picked: Sequence[Picked],
    newest: int | None,
) -> ShardBatch:
    arrivals, rows = arrivals_of(picked), np.arange(len(batch.times))
    return ShardBatch(Cut(source, batch, texts, arrivals, rows, newest), range(len(rows)))
