"""The payloads of one source as typed columns."""

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
"""Payloads that cost less as objects than the arrays of a kernel do."""


@dataclass(frozen=True, slots=True)
class ReadPayloads:
    """Events in the order of their payloads: a `frame`, with the row of each payload in the batch.

    `wrong` are events with a value that its column cannot hold, by their number in the frame; `rejects` payloads that
    are no events. No event is of more than `longest` bytes; `nulled` NaN and Infinity were read as null.
    """

    frame: pl.DataFrame
    rows: Ints
    wrong: list[Wrong]
    rejects: list[RejectedEvent]
    longest: int
    nulled: int

    def placed(self, rows: Ints) -> "ReadPayloads":
        """The same of payloads that stand at these rows of a larger batch."""
        rejects = [replace(reject, row=int(rows[reject.row])) for reject in self.rejects]
        return replace(self, rows=rows[self.rows], rejects=rejects)

    def behind(self, frame: pl.DataFrame, rows: Ints, longest: int) -> "ReadPayloads":
        """All of these and other events of the batch, in the order of its rows."""
        together = np.concatenate([rows, self.rows])
        order = np.argsort(together)
        number = np.argsort(order)[len(rows) :]
        wrong = [(int(number[event]), reason, detail) for event, reason, detail in self.wrong]
        joined = pl.concat([frame, self.frame])[order]
        return replace(self, frame=joined, rows=together[order], wrong=wrong, longest=max(longest, self.longest))


class PayloadReader:
    """Reads the payloads of one source: what comes of each does not depend on the others.

    Plain ones are read by a kernel. The others, and a few, are read as objects: that way knows all of JSON, and why
    something is no event.
    """

    def __init__(self, source: Source, limits: EventLimits) -> None:
        self._plain = PlainEventReader(source, limits)
        self._parse, self._columns = PayloadParser(source, limits), EventColumns(source, limits.empty_id)

    def __call__(self, payloads: Sequence[bytes]) -> ReadPayloads:
        """The events of payloads, and which are none."""
        if len(payloads) < _FEW:
            return self.as_objects(payloads)
        payloads_read = self._plain(payloads)
        if payloads_read.plain.all():
            return ReadPayloads(payloads_read.frame, np.arange(len(payloads)), [], [], payloads_read.longest, 0)
        if not payloads_read.plain.any():
            return self.as_objects(payloads)
        others = np.flatnonzero(~payloads_read.plain)
        read = self.as_objects([payloads[row] for row in others.tolist()]).placed(others)
        return read.behind(payloads_read.frame, np.flatnonzero(payloads_read.plain), payloads_read.longest)

    def as_objects(self, payloads: Sequence[bytes]) -> ReadPayloads:
        """The same without the kernel."""
        parsed = self._parse(payloads)
        frame, wrong = self._columns(parsed, payloads)
        return ReadPayloads(frame, parsed.rows, wrong, parsed.rejects, parsed.longest, parsed.nulled)
