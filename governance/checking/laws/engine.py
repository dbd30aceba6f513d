"""Runs one feature in the engine: live, with a clock that can be set anywhere, and from history."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from connectors.messages import RawBatch
from dataflows.compiler import TileLayouts, source_inputs
from dataflows.definition_tests import with_needs
from dataflows.definitions import Definitions, Feature, Source
from dataflows.history.datasets.table import empty_values
from dataflows.history.folding import Questions, answers_of
from dataflows.history.spill import SpillPartitioner, arrow_of, read_shards, write_spilled
from dataflows.ingest import Decoder, Partitioner, ProjectedBatch, Projection
from dataflows.kernels.arrays import Reals
from dataflows.kernels.opcodes import ValueKind
from dataflows.null_counts import NulledValues
from dataflows.rows import FeatureRows, RowAssembler
from dataflows.windows import LateRows, ShardRows, WallClock, WindowOperator
from governance.authoring.cases import moment

ENTITY = "u1"
NUMBERED_ENTITY = "1"
_LATEST = 32_503_680_000_000
"""The year 3000: no event is ahead of its arrival."""
_SHARD = "0"
_REAL = ("FLOAT", "DOUBLE")


@dataclass(frozen=True, slots=True)
class GeneratedEvent:
    """An event that a source accepts, with its event time (ms)."""

    source: str
    time_ms: int
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ArrivedEvents:
    """Events that arrive together, at a time (ms)."""

    events: tuple[GeneratedEvent, ...]
    clock_ms: int


@dataclass(frozen=True, slots=True)
class LiveResult:
    """The final value, the number of late events, and the intermediate rows in order."""

    value: Any
    late: int
    rows: tuple[FeatureRows, ...]


class FeatureEngine:
    """A feature with all its inputs, for one entity; a context manager, because history uses files."""

    def __init__(self, feature: Feature, definitions: Definitions) -> None:
        self.feature, self.needed = feature, with_needs(feature, definitions)
        inputs = source_inputs(self.needed)
        self.sources = {name: definitions.sources[name] for name in sorted(inputs)}
        self.entity = _entity(self.feature, self.sources)
        self.empty = empty_values(self.needed)[feature.feature_name].to_list()[0]
        self._decoders = {name: Decoder(source) for name, source in self.sources.items()}
        self._projections = {
            name: Projection(source, [inputs[name]], self.needed) for name, source in self.sources.items()
        }
        self._partitioners = {
            name: Partitioner(source.entities[feature.entity_id], inputs[name], self._projections[name], 1, False)
            for name, source in self.sources.items()
        }
        self._layouts, self._assemble = TileLayouts(self.needed), RowAssembler(self.needed, 1)
        self._files, self._now = ExitStack(), 0
        self._windows = WindowOperator(
            feature.entity_id, self._layouts, lambda marks: WallClock(lambda: self._now, marks), 0, 0
        )

    def __enter__(self) -> "FeatureEngine":
        self._folder = Path(self._files.enter_context(tempfile.TemporaryDirectory(prefix="headrace-")))
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def live(self, deliveries: Sequence[ArrivedEvents], at: int, *, through: bool = False) -> LiveResult:
        """Returns the result of a live run at a time; with `through` it passes every boundary until then and returns
        all rows."""
        self._now = 0
        logic, late, rows = self._windows(None), 0, list[FeatureRows]()
        for delivery in deliveries:
            rows += self._passed(logic, delivery.clock_ms, through=through)
            for source, events in _by_source(delivery.events):
                for _, item in self._partitioners[source](self.projected(source, events)):
                    outcomes, _ = logic.on_batch([item])
                    late += sum(len(outcome.rows) for outcome in outcomes if isinstance(outcome, LateRows))
                    rows += self._assembled(outcome for outcome in outcomes if isinstance(outcome, ShardRows))
        rows += self._passed(logic, at, through=through)
        return LiveResult(self._value(logic.rows_at(at)), late, tuple(rows))

    def replayed(self, events: Sequence[GeneratedEvent], at: int) -> Any:
        """Returns the value of a replay at a time."""
        paths = [
            self._spilled(source, of_source) for source, of_source in _by_source(sorted(events, key=lambda e: e.source))
        ]
        layout = self._layouts.of({feature.feature_name: 0 for feature in self._layouts.stateful_features})
        spilled = read_shards(self._folder, layout, range(1))
        asked = Questions(np.zeros(1, np.int64), pl.Series("id", [self.entity]), np.array([at]))
        answers = next(answers_of(layout, spilled, asked, 0)) if len(spilled.times) else None
        for path in paths:
            path.unlink()
        return self.empty if answers is None else self._value([answers.folded])

    def failures(self, events: Sequence[GeneratedEvent]) -> list[NulledValues]:
        """Returns values of events that cannot be computed, for any needed feature."""
        names = {feature.feature_name for feature in self.needed}
        failures = [
            failure
            for source, events_of_source in _by_source(events)
            for failure in self.projected(source, events_of_source).nulled
        ]
        return [failure for failure in failures if failure.feature in names]

    def at(self, source: str, columns: Mapping[str, Any], time_ms: int) -> GeneratedEvent:
        """Creates an event of a source at a time (ms), or at the last earlier time that its column can hold."""
        time, column_type = self.sources[source].event_time, self.sources[source].columns
        if time.unit == "iso":
            written: object = moment(time_ms)
        elif time.unit == "s":
            written = time_ms / 1_000 if column_type[time.column] in _REAL else time_ms // 1_000
            time_ms = time_ms if column_type[time.column] in _REAL else time_ms // 1_000 * 1_000
        else:
            written = time_ms * 1_000 if time.unit == "us" else time_ms
        return GeneratedEvent(source, time_ms, {**columns, time.column: written})

    def counts(self, event: GeneratedEvent) -> bool:
        """Returns whether an event is folded."""
        return bool(self.projected(event.source, [event]).selections.any())

    def projected(self, source: str, events: Sequence[GeneratedEvent]) -> ProjectedBatch:
        """Decodes and evaluates events. Raises ValueError for one that the source would reject."""
        payloads = [msgspec.json.encode(event.event) for event in events]
        decoded = self._decoders[source](RawBatch("generated", payloads, _LATEST, _LATEST, str))
        if decoded.rejects:
            raise ValueError(f"{source} rejects a generated event: {decoded.rejects[0]}")
        return self._projections[source](decoded)

    def scale(self, events: Sequence[GeneratedEvent]) -> float:
        """Returns the greatest magnitude of the folded values, to which rounding is relative."""
        reals = [self._reals(source, of_source) for source, of_source in _by_source(events)]
        finite = [np.abs(values[np.isfinite(values)]) for values in reals]
        return max((float(sizes.max()) for sizes in finite if sizes.size), default=0.0)

    def _reals(self, source: str, events: Sequence[GeneratedEvent]) -> Reals:
        kinds = [value.kind is ValueKind.REAL for value in self._projections[source].values]
        return self.projected(source, events).values[:, kinds].copy().view(np.float64)

    def _passed(self, logic: Any, clock: int, *, through: bool) -> Iterator[FeatureRows]:
        """Advances the time to a clock, from boundary to boundary with `through`."""
        while through and logic.tiles.next_due < clock:
            self._now = logic.tiles.next_due
            yield from self._assembled(logic.on_notify()[0])
        self._now = clock
        yield from self._assembled(logic.on_notify()[0])

    def _assembled(self, outcomes: Any) -> Iterator[FeatureRows]:
        for outcome in outcomes:
            if isinstance(outcome, ShardRows):
                yield from (rows for _, rows in self._assemble([(_SHARD, outcome)]))

    def _value(self, rows: Sequence[ShardRows]) -> Any:
        frames = [assembled.frame for assembled in self._assembled(rows)]
        values = [frame.filter(pl.col("_id") == self.entity)[self.feature.feature_name].to_list() for frame in frames]
        return next((value for column in values for value in column), self.empty)

    def _spilled(self, source: str, events: Sequence[GeneratedEvent]) -> Path:
        evaluated = self.projected(source, events)
        cutter = SpillPartitioner(self.feature.entity_id, self._partitioners[source])
        spilled, _ = cutter(evaluated, np.zeros(len(events), np.int64))
        path = self._folder / f"{source}.0.arrow"
        write_spilled(path, arrow_of([spilled]))
        return path


def _by_source(events: Sequence[GeneratedEvent]) -> Iterator[tuple[str, list[GeneratedEvent]]]:
    """Yields runs of events of one source, in order."""
    events_of_source = list[GeneratedEvent]()
    for event in events:
        if events_of_source and events_of_source[0].source != event.source:
            yield events_of_source[0].source, events_of_source
            events_of_source = []
        events_of_source.append(event)
    if events_of_source:
        yield events_of_source[0].source, events_of_source


def _entity(feature: Feature, sources: Mapping[str, Source]) -> str:
    types = {source.columns[source.entities[feature.entity_id]] for source in sources.values()}
    return ENTITY if types == {"STRING"} else NUMBERED_ENTITY
