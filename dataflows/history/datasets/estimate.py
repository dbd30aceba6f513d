"""Estimates the cost of a data set before it is built."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from connectors.messages import MessageCount
from dataflows.history.datasets.first_events import FirstEvents
from dataflows.history.datasets.questions import KeyedSpine, Ticks
from dataflows.history.datasets.request import DatasetRequest

EVENTS_PER_S, ANSWERED_PER_S, WRITTEN_PER_S = 250_000, 3_000_000, 5_000_000
"""Events read, values answered in both modes and values written by two cores, as measured with twelve features."""
START_S = 3
VALUE_BYTES, TIME_BYTES, EVENT_BYTES, QUESTION_BYTES = 2, 8, 100, 50


@dataclass(frozen=True, slots=True)
class Estimate:
    """Rows and questions are counted, the rest is estimated from experience; None is unknown.

    `job_bytes` are needed in `HEADRACE_VAR` during the build; `records` count those of feature topics.
    """

    rows: int | None
    questions: int | None
    events: MessageCount | None
    out_bytes: int | None
    job_bytes: int | None
    seconds: float | None
    records: MessageCount | None
    exact: bool = True


@dataclass(frozen=True, slots=True)
class _Asked:
    """Numbers of rows and questions, and the total size of the rows' own columns (bytes)."""

    rows: int
    questions: int
    own_bytes: int
    exact: bool = True


def estimate(
    request: DatasetRequest,
    counts: Mapping[str, MessageCount | None],
    firsts: Callable[[Ticks, MessageCount | None], FirstEvents],
) -> Estimate:
    """Estimates the cost from the whole spine, or without one from first events of entities.

    `counts` holds the numbers of messages of sources and feature topics. Raises SpineError, and errors of the topics.
    """
    sources = request.selection.definitions.sources
    events = total([count for name, count in counts.items() if name in sources])
    records = total([count for name, count in counts.items() if name not in sources])
    if isinstance(request.rows, Ticks):
        asked = _at_ticks(request, request.rows, firsts(request.rows, events))
    else:
        asked = _counted(request.rows)
    if asked is None:
        return Estimate(None, None, events, None, None, None, records)
    return _estimated(asked, request, events, records)


def _estimated(
    asked: _Asked, request: DatasetRequest, events: MessageCount | None, records: MessageCount | None
) -> Estimate:
    features, rows, questions = len(request.selection.asked), asked.rows, asked.questions
    out_bytes, exact = asked.own_bytes + rows * features * VALUE_BYTES, asked.exact
    if events is None or records is None:
        return Estimate(rows, questions, events, out_bytes, None, None, records, exact)
    read = events.messages + records.messages
    answered = (3 if request.served else 2) * questions * (8 + features * 8)
    job_bytes = read * EVENT_BYTES + questions * QUESTION_BYTES + answered
    seconds = _seconds(read, questions * features, rows * features)
    return Estimate(rows, questions, events, out_bytes, job_bytes, seconds, records, exact)


def _at_ticks(request: DatasetRequest, ticks: Ticks, firsts: FirstEvents) -> _Asked | None:
    """Returns rows and questions at ticks; None if unknown.

    Served values are asked of entities with a record, which are at most as many as those with an event.
    """
    rows = firsts.rows(np.array(ticks.times, np.int64))
    if rows is None:
        return None
    return _Asked(rows, rows, rows * (firsts.id_bytes + TIME_BYTES) // 2, firsts.whole and not request.served)


def total(counts: Sequence[MessageCount | None]) -> MessageCount | None:
    """Sums counts; None if one is unknown.

    >>> total([MessageCount(3, True), MessageCount(4, False)])
    MessageCount(messages=7, exact=False)
    """
    known = [count for count in counts if count is not None]
    if len(known) < len(counts):
        return None
    return MessageCount(sum(count.messages for count in known), all(count.exact for count in known))


def _seconds(events: int, answered: int, written: int) -> float:
    return START_S + events / EVENTS_PER_S + answered / ANSWERED_PER_S + written / WRITTEN_PER_S


def _counted(keyed: KeyedSpine) -> _Asked:
    rows = questions = size = 0
    for block in keyed.blocks():
        rows += len(block.batch)
        questions += sum(len(ids) - ids.null_count() for ids in block.ids.values())
        size += block.batch.nbytes
    return _Asked(rows, questions, size // 2)
