"""Reads the payloads of one source into typed columns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from dataflows.definitions import Source
from dataflows.ingest.decoding.event_columns import EventColumns, Wrong
from dataflows.ingest.decoding.parser import PayloadParser
from dataflows.ingest.decoding.plain_events import PlainEventReader
from dataflows.ingest.decoding.refusals import RejectedEvent
from dataflows.ingest.event_limits import EventLimits
from dataflows.kernels.arrays import Ints

_FEW = 100
"""Number of payloads below which parsing objects costs less than preparing the kernel's arrays."""


@dataclass(frozen=True, slots=True)
class ReadPayloads:
    """Events in payload order: a `frame`, with the row of each payload in the batch.

    `wrong` lists events with a value that does not fit its column, by their number in the frame; `rejects` lists
    payloads that are not events. No text of an event is longer than `longest` bytes; `nulled` counts the NaN and
    Infinity values read as null.
    """

    frame: pl.DataFrame
    rows: Ints
    wrong: list[Wrong]
    rejects: list[RejectedEvent]
    longest: int
    nulled: int

    def placed(self, rows: Ints) -> "ReadPayloads":
        """Moves the result to these rows of a larger batch."""
        rejects = [replace(reject, row=int(rows[reject.row])) for reject in self.rejects]
        return replace(self, rows=rows[self.rows], rejects=rejects)

    def behind(self, frame: pl.DataFrame, rows: Ints, longest: int) -> "ReadPayloads":
        """Merges the result with other events of the batch, in row order."""
        together = np.concatenate([rows, self.rows])
        order = np.argsort(together)
        number = np.argsort(order)[len(rows) :]
        wrong = [(int(number[event]), reason, detail) for event, reason, detail in self.wrong]
        joined = pl.concat([frame, self.frame])[order]
        return replace(self, frame=joined, rows=together[order], wrong=wrong, longest=max(longest, self.longest))


class PayloadReader:
    """Reads the payloads of one source; the result for a payload does not depend on the others.

    A kernel reads plain payloads. All others, and small batches, are parsed as objects: that path knows all of JSON and
    the reason why a payload is not an event.
    """

    def __init__(self, source: Source, limits: EventLimits) -> None:
        self._plain = PlainEventReader(source, limits)
        self._parse, self._columns = PayloadParser(source, limits), EventColumns(source, limits.empty_id)

    def __call__(self, payloads: Sequence[bytes]) -> ReadPayloads:
        """Reads payloads into events and rejects."""
        if len(payloads) < _FEW:
            return self.as_objects(payloads)
        payloads_read = self._plain(payloads)
        if payloads_read.plain.all():
            return ReadPayloads(payloads_read.frame, np.arange(len(payloads)), [], [], payloads_read.longest, 0)
        if not payloads_read.plain.any():
            return self.as_objects(payloads)
        not_plain = np.flatnonzero(~payloads_read.plain)
        read = self.as_objects([payloads[row] for row in not_plain.tolist()]).placed(not_plain)
        return read.behind(payloads_read.frame, np.flatnonzero(payloads_read.plain), payloads_read.longest)

    def as_objects(self, payloads: Sequence[bytes]) -> ReadPayloads:
        """Reads payloads like `__call__`, without the kernel."""
        parsed = self._parse(payloads)
        frame, wrong = self._columns(parsed, payloads)
        return ReadPayloads(frame, parsed.rows, wrong, parsed.rejects, parsed.longest, parsed.nulled)
