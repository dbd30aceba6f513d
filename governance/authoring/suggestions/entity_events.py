"""Selects the events of one entity from all payloads of a source, with the columns that a feature needs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from connectors.messages import RawBatch
from dataflows.compiler import source_inputs
from dataflows.definitions import Feature, Source, column_names
from dataflows.ingest import Decoder, EventBatch, Projection
from dataflows.kernels.offsets import NEVER
from governance.authoring.cases import written_event

_LATEST = 32_503_680_000_000
"""The year 3000: no event is ahead of its arrival, which does not matter here."""


@dataclass(frozen=True, slots=True)
class RealEvent:
    """An event as written in a test; `counts` if the feature's filters and values admit it."""

    source: str
    time_ms: int
    event: dict[str, Any]
    counts: bool


@dataclass
class EntityEvents:
    """Collects the events of an entity from one source that `needed` features read; `rejected` counts payloads that are
    no events."""

    source: Source
    needed: Sequence[Feature]
    entity: str
    events: list[RealEvent] = field(default_factory=list)
    rejected: int = 0

    def __post_init__(self) -> None:
        self._key = self.source.entities[self.needed[0].entity_id]
        self._decode = Decoder(self.source)
        self._project = Projection(self.source, [source_inputs(self.needed)[self.source.name]])
        self._columns = [name for name in self.source.columns if name in self._read_columns()]

    def add(self, payloads: Sequence[bytes], until_ms: int = NEVER) -> None:
        """Adds the entity's events among some payloads that happened before a time (ms)."""
        decoded = self._decode(RawBatch("suggested", payloads, _LATEST, _LATEST, str))
        self.rejected += len(decoded.rejects)
        named = decoded.frame[self._key].cast(pl.String).eq_missing(self.entity).to_numpy()
        own = decoded.without(np.flatnonzero(~named | (decoded.times >= until_ms)).tolist())
        if len(own.times):
            self.events += self._events(own)

    def _events(self, own: EventBatch) -> Iterator[RealEvent]:
        counts: list[bool] = np.any(self._project(own).selections, axis=1).tolist()
        rows = own.frame.select(self._columns).iter_rows(named=True)
        for time, row, counted in zip(own.times.tolist(), rows, counts, strict=True):
            yield RealEvent(self.source.name, time, written_event(row, self.source, time), counted)

    def _read_columns(self) -> set[str]:
        own = [feature for feature in self.needed if feature.source == self.source.name]
        texts = [text for feature in own for text in (feature.filter, feature.value) if text]
        read = {name for text in texts for name in column_names(text)}
        return read | {self._key, self.source.event_time.column, *self.source.required}
