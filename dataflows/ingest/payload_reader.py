"""The payloads of one source as typed columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from dataflows.definitions import Source
from dataflows.ingest.event_columns import EventColumns, Wrong
from dataflows.ingest.event_limits import EventLimits
from dataflows.ingest.parser import PayloadParser
from dataflows.ingest.refusals import RejectedEvent
from dataflows.kernels.arrays import Ints


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


class PayloadReader:
    """Reads the payloads of one source: what comes of each does not depend on the others."""

    def __init__(self, source: Source, limits: EventLimits) -> None:
        self._parse, self._columns = PayloadParser(source, limits), EventColumns(source, limits.empty_id)

    def __call__(self, payloads: Sequence[bytes]) -> ReadPayloads:
        """The events of payloads, and which are none."""
        parsed = self._parse(payloads)
        frame, wrong = self._columns(parsed, payloads)
        return ReadPayloads(frame, parsed.rows, wrong, parsed.rejects, parsed.longest, parsed.nulled)
