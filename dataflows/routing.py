"""Events -> columns per shard: expressions once per source, then one cut per entity type.

What crosses the exchange are arrays: ids, event times, words of values and the lanes that let each event in.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from dataflows.arrivals import Arrivals, Picked, arrivals_of
from dataflows.events import Events
from dataflows.expressions import compile_expression
from dataflows.kernels.arrays import Batch, Bytes, Ints
from dataflows.kernels.cutting import cut, take
from dataflows.kernels.strings import hash_strings, take_strings
from dataflows.layout import Feed, Lane, Value
from dataflows.monoids import Kind
from dataflows.spec import Source
from dataflows.strings import Strings, strings_of
from dataflows.tiles import NO_ROWS, NOTHING

_AS_WRITTEN = pl.QueryOptFlags.none()
"""Two selects in one go; there is nothing in them to optimise."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A batch with every value and lane of its source: `values` (rows, values) words, `lanes` (rows, lanes)."""

    events: Events
    values: Ints
    lanes: Bytes
    texts: Mapping[int, tuple[Strings, Bytes]]  # column of `values` -> the texts and which exist
    known: Mapping[str, npt.NDArray[np.bool_]]  # key column -> which events have one


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the events of a slice came from, for the dead letters."""

    arrivals: Arrivals
    rows: Ints

    def __reduce__(self) -> tuple[object, ...]:
        """Sent to another worker, the slice takes its own payloads along and names the batch's last position."""
        return _origin, (self.arrivals.pick(self.rows),)


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
        compiled = {text: compile_expression(text, source.columns) for text in texts}
        self._keys = tuple(dict.fromkeys(source.entities.values()))
        self._expressions = [
            *(pl.col(key).is_not_null().alias(_known(key)) for key in self._keys),
            *(one.expr.alias(text) for text, one in compiled.items()),
        ]
        filters = dict.fromkeys(lane.filter for lane in self.lanes if lane.filter)
        valued = dict.fromkeys(lane.value for lane in self.lanes if lane.value)
        self._columns = [
            *(pl.col(_known(key)) for key in self._keys),
            *(pl.col(text).fill_null(False).alias(_true(text)) for text in filters),
            *(_exists(text, compiled[text].kind).alias(_there(text)) for text in valued),
            *(_word(value).alias(_words(value)) for value in self.values),
        ]

    def __call__(self, events: Events) -> Evaluated:
        """Words, lanes and texts of a batch."""
        n = len(events.frame)
        values, texts = np.empty((n, len(self.values)), np.int64), {}
        lanes = np.ones((n, len(self.lanes)), np.uint8)
        columns = events.frame.lazy().select(self._expressions).select(self._columns).collect(optimizations=_AS_WRITTEN)
        for at, value in enumerate(self.values):
            column = columns[_words(value)]
            if value.kind is Kind.TEXT:
                texts[at] = strings_of(column), columns[_there(value.text)].to_numpy().view(np.uint8)
            else:
                values[:, at] = _as_words(column.to_numpy())
        for at, lane in enumerate(self.lanes):
            for name in _conditions(lane):
                lanes[:, at] &= columns[name].to_numpy()
        self._hash(values, texts)
        known = {key: columns[_known(key)].to_numpy() for key in self._keys}
        return Evaluated(events, values, lanes, texts, known)

    def _hash(self, values: Ints, texts: dict[int, tuple[Strings, Bytes]]) -> None:
        """Texts that are only counted become words here and now."""
        for at, value in enumerate(self.values):
            if value.hashed:
                strings, _ = texts.pop(at)
                hashes = np.empty(len(strings), np.int64)
                hash_strings(strings.offsets, strings.data, hashes)
                values[:, at] = hashes


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
        whole = Batch(hashes[order], offsets, data, events.times[order], values, lanes)
        texts, rows = self._texts(evaluated, order), events.rows[order]
        newest = events.newest
        for shard, (start, stop) in enumerate(pairwise(starts.tolist())):
            if start < stop or self._everywhere:
                part, origin = _part(whole, start, stop), Origin(events.arrivals, rows[start:stop])
                own = {at: (text.part(start, stop), valid[start:stop]) for at, (text, valid) in texts.items()}
                yield shard_key(shard), ShardBatch(events.source, part, own, origin, newest)

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
        tick = ShardBatch(events.source, NOTHING, {}, Origin(events.arrivals, NO_ROWS), events.newest)
        return ((shard_key(shard), tick) for shard in range(self._shards))


def shard_key(shard: int) -> str:
    """The Bytewax key of a shard."""
    return f"{shard:03d}"


def _part(batch: Batch, start: int, stop: int) -> Batch:
    ids = Strings(batch.offsets, batch.ids).part(start, stop)
    rest = batch.times[start:stop], batch.values[start:stop], batch.lanes[start:stop]
    return Batch(batch.hashes[start:stop], ids.offsets, ids.data, *rest)


def _exists(text: str, kind: Kind) -> pl.Expr:
    """Whether a value can be folded: it is there, and a double is finite."""
    value = pl.col(text)
    return value.is_finite().fill_null(False) if kind is Kind.REAL else value.is_not_null()


def _word(value: Value) -> pl.Expr:
    """A value as a word; what is null is 0, and no lane lets it in."""
    column = pl.col(value.text)
    if value.kind is Kind.TEXT:
        return column
    if value.kind is Kind.REAL:
        return column.fill_null(0.0)
    if value.kind is Kind.TIMESTAMP:
        column = column.dt.epoch("ms")
    return column.cast(pl.Int64).fill_null(0)


def _as_words(numbers: npt.NDArray[Any]) -> Ints:
    """Equal numbers have equal words: -0.0 becomes 0.0 (polars takes `+ 0.0` for nothing to do)."""
    return numbers if numbers.dtype == np.int64 else (numbers + 0.0).view(np.int64)


def _conditions(lane: Lane) -> list[str]:
    names = [_true(lane.filter)] if lane.filter else []
    return [*names, _there(lane.value)] if lane.value else names


def _known(key: str) -> str:
    return f"known:{key}"


def _true(text: str) -> str:
    return f"true:{text}"


def _there(text: str) -> str:
    return f"there:{text}"


def _words(value: Value) -> str:
    return f"{'hash' if value.hashed else 'word'}:{value.text}"


def _origin(picked: Sequence[Picked]) -> Origin:
    arrivals = arrivals_of(picked)
    return Origin(arrivals, np.arange(len(arrivals.payloads)))
