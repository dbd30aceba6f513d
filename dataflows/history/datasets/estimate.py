"""What a data set will take before it is made."""

from dataclasses import dataclass

from dataflows.history.datasets.questions import KeyedSpine, Ticks
from dataflows.history.datasets.request import DatasetRequest
from dataflows.history.jobs import Extents

EVENTS_PER_S, ANSWERED_PER_S, WRITTEN_PER_S = 250_000, 3_000_000, 5_000_000
"""Events read, values answered in both modes and values written by two cores, as measured with twelve features."""
START_S = 3
VALUE_BYTES, EVENT_BYTES, QUESTION_BYTES = 2, 100, 50


@dataclass(frozen=True, slots=True)
class Estimate:
    """Rows and questions are counted, the rest is told by experience; None is not known before.

    `job_bytes` are needed in `HEADRACE_VAR` while it is made; `records` are those of feature topics.
    """

    rows: int | None
    questions: int | None
    events: int | None
    out_bytes: int | None
    job_bytes: int | None
    seconds: float | None
    records: int | None = 0


def estimate(request: DatasetRequest, extents: Extents) -> Estimate:
    """Reads the whole spine, and how much the topics hold. Raises SpineError."""
    of_sources = {name: parts for name, parts in extents.items() if name in request.selection.definitions.sources}
    records = events_in({name: parts for name, parts in extents.items() if name not in of_sources})
    events, features = events_in(of_sources), len(request.selection.asked)
    if isinstance(request.rows, Ticks):
        return Estimate(None, None, events, None, None, None, records)
    rows, questions, own_bytes = _counted(request.rows)
    if events is None or records is None:
        return Estimate(rows, questions, events, own_bytes + rows * features * VALUE_BYTES, None, None, records)
    answered = (3 if request.served else 2) * questions * (8 + features * 8)
    return Estimate(
        rows,
        questions,
        events,
        own_bytes + rows * features * VALUE_BYTES,
        (events + records) * EVENT_BYTES + questions * QUESTION_BYTES + answered,
        _seconds(events + records, questions * features, rows * features),
        records,
    )


def events_in(extents: Extents) -> int | None:
    """How many events there are between positions; None where positions do not tell.

    >>> from connectors.messages import Extent
    >>> events_in({"orders": {"0": Extent("10", "30"), "1": Extent("0", "5")}})
    25
    """
    ends = [(extent.first, extent.end) for parts in extents.values() for extent in parts.values()]
    if not all(first.isdigit() and end.isdigit() for first, end in ends):
        return None
    return sum(int(end) - int(first) for first, end in ends)


def _seconds(events: int, answered: int, written: int) -> float:
    return START_S + events / EVENTS_PER_S + answered / ANSWERED_PER_S + written / WRITTEN_PER_S


def _counted(keyed: KeyedSpine) -> tuple[int, int, int]:
    rows = questions = size = 0
    for block in keyed.blocks():
        rows += len(block.batch)
        questions += sum(len(ids) - ids.null_count() for ids in block.ids.values())
        size += block.batch.nbytes
    return rows, questions, size // 2
