"""Folds history in the order of event time: the rows do not depend on partitions, sources and batches."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bytewax.dataflow import Dataflow

from dataflows.definitions import Definitions
from dataflows.history.active_rows import judge_intervals
from dataflows.history.execution import Execution
from dataflows.history.flows import RowEnds, SpillTerms, rows_flow
from dataflows.history.folding import PeriodSelector
from dataflows.history.job import Job
from dataflows.history.job_stages import shards_stage
from dataflows.history.shards.shard_pieces import row_pieces
from dataflows.history.spill import newest_event
from dataflows.history.spilled_shards import finished_shards, shards_left, spill
from dataflows.kernels.offsets import ALWAYS, NEVER
from dataflows.run import Ports


@dataclass(frozen=True, slots=True)
class RowRequest:
    """Selects which rows of history are written, and where.

    Rows have `since` < `as_of` <= `until` (event time, ms). Only the last row of each entity goes to the online store;
    `topics` receive every row; so do `files`, a folder. Intervals of all of them may be `judged`.
    """

    since: int = ALWAYS
    until: int = NEVER
    store: bool = True
    topics: bool = False
    refuses_late: bool = False
    files: Path | None = None
    judged: bool = False


def replay(
    job: Job,
    definitions: Definitions,
    ports: Ports,
    asked: RowRequest,
    execution: Execution,
    since: Mapping[str, int],
    written: Definitions | None = None,
) -> bool:
    """Writes the requested rows; returns False if it was stopped before the end.

    `since` maps entity types whose topics have lost their first messages to when they are complete (ms). With a part of
    the definitions, `written` are all.
    """
    interval_ms = execution.quality.intervals.length_ms if asked.judged else 0
    terms = SpillTerms(asked.until, asked.refuses_late, ports.dead_letters, counted_ms=interval_ms)
    if not spill(job, definitions, ports.source, execution, terms):
        return False
    clock = asked.until if asked.until != NEVER else newest_event(job.events) or 0
    ends = partial(RowEnds, written=written or definitions)
    final = _rows(job, definitions, ports, execution, PeriodSelector(ALWAYS, clock), since)
    every = _rows(job, definitions, ports, execution, PeriodSelector(asked.since, clock, every=True), since)
    if asked.store and not final("store", ends(store=True, topics=False, files=None)):
        return False
    if (asked.topics or asked.files is not None) and not every(
        "rows", ends(store=False, topics=asked.topics, files=asked.files)
    ):
        return False
    period = PeriodSelector(asked.since, clock, interval_ms=interval_ms)
    return not asked.judged or judge_intervals(job, definitions, ports, period, execution, since)


def _rows(
    job: Job,
    definitions: Definitions,
    ports: Ports,
    execution: Execution,
    period: PeriodSelector,
    since: Mapping[str, int],
) -> Callable[[str, RowEnds], bool]:
    def fold(stage: str, ends: RowEnds) -> bool:
        def flow() -> Dataflow:
            pieces = row_pieces(definitions, job, period, since)
            shards = shards_left(job, definitions, stage, pieces, execution)
            run = replace(execution.run, now=lambda: ALWAYS if period.every else period.clock)
            return rows_flow(definitions, shards, ports, run, ends, finished_shards(job, stage, execution))

        return execution.stages.carry_out(job, shards_stage(job, stage, flow))

    return fold
