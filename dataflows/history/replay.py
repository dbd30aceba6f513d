"""History, folded in the order of event time: whatever the partitions, sources and batches, the rows are the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dataflows.definitions import Definitions
from dataflows.history.flows import Reading, RowEnds, answers_flow, rows_flow, spill_flow
from dataflows.history.folding import HistoryShards, Period
from dataflows.history.job import Job
from dataflows.history.shard_pieces import answer_pieces, row_pieces
from dataflows.history.spill import newest_event
from dataflows.history.stages import Guard, carry_out
from dataflows.kernels.offsets import ALWAYS, NEVER
from dataflows.run import InputOf, Ports, Run
from dataflows.runtime.options import event_limits
from dataflows.runtime.settings import Settings
from dataflows.windows import Now, Watermark


@dataclass(frozen=True, slots=True)
class Execution:
    """How stages are run: `guard` wraps a dataflow, `stopping` is true when it is to end early.

    `folded` is called after each shard.
    """

    run: Run
    guard: Guard
    stopping: Callable[[], bool]
    folded: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class RowsAsked:
    """Which rows of history are written, and where to.

    Rows have `since` < `as_of` <= `until` (event time, ms). Only what entities end with goes to the online store;
    `topics` get every row; so do `files`, a folder.
    """

    since: int = ALWAYS
    until: int = NEVER
    store: bool = True
    topics: bool = False
    refuses_late: bool = False
    files: Path | None = None


def execution_of(
    settings: Settings,
    now: Now,
    guard: Guard,
    stopping: Callable[[], bool],
    folded: Callable[[], None] = lambda: None,
) -> Execution:
    """How history is run with these settings."""
    run = Run(
        clock_of=lambda marks: Watermark((), marks),
        now=now,
        begun=now(),
        everywhere=False,
        shards=settings.shards,
        sink_partitions=settings.sink_partitions,
        prefix=settings.redis_prefix,
        limits=event_limits(settings),
        max_row_bytes=settings.max_row_bytes,
    )
    return Execution(run, guard, stopping, folded)


def replay(
    job: Job,
    definitions: Definitions,
    ports: Ports,
    asked: RowsAsked,
    execution: Execution,
    since: Mapping[str, int],
    written: Definitions | None = None,
) -> bool:
    """Writes the rows that are asked for; returns False when it was stopped before the end.

    `since` tells of entity types whose topics have lost their first messages since when they are whole (ms). With a
    part of the definitions, `written` are all.
    """
    reading = Reading(asked.until, asked.refuses_late, ports.dead_letters)
    if not _spill(job, definitions, ports.source, execution, reading):
        return False
    newest = newest_event(job.events)
    clock = asked.until if asked.until != NEVER else newest or 0
    ends = partial(RowEnds, written=written or definitions)
    final = _rows(job, definitions, ports, execution, Period(ALWAYS, clock, every=False), since)
    every = _rows(job, definitions, ports, execution, Period(asked.since, clock, every=True), since)
    if asked.store and not final("store", ends(store=True, topics=False, files=None)):
        return False
    if asked.topics or asked.files is not None:
        return every("rows", ends(store=False, topics=asked.topics, files=asked.files))
    return True


def answer(job: Job, definitions: Definitions, source_of: InputOf, execution: Execution, lag_ms: int) -> bool:
    """Answers the questions of a job in every mode; returns False when it was stopped before the end."""
    if not _spill(job, definitions, source_of, execution, Reading(NEVER, refuses_late=False, rejects=None)):
        return False
    pieces = HistoryShards(job.shards, answer_pieces(definitions, job, lag_ms), execution.stopping, execution.folded)
    flow = partial(answers_flow, definitions, pieces, job, execution.run)
    return carry_out(job, "answer", flow, execution.guard, execution.stopping)


def _spill(job: Job, definitions: Definitions, source_of: InputOf, execution: Execution, read: Reading) -> bool:
    flow = partial(spill_flow, definitions, job, source_of, execution.run, read)
    return carry_out(job, "spill", flow, execution.guard, execution.stopping)


def _rows(
    job: Job, definitions: Definitions, ports: Ports, execution: Execution, period: Period, since: Mapping[str, int]
) -> Callable[[str, RowEnds], bool]:
    def fold(stage: str, ends: RowEnds) -> bool:
        pieces = HistoryShards(
            job.shards, row_pieces(definitions, job, period, since), execution.stopping, execution.folded
        )
        flow = partial(rows_flow, definitions, pieces, ports, execution.run, ends)
        return carry_out(job, stage, flow, execution.guard, execution.stopping)

    return fold
