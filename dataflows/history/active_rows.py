"""Folds the rows of active entities: after the last event of each interval, and at the end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink

from dataflows.definitions import Definitions
from dataflows.history.execution import Execution
from dataflows.history.flows import SpillTerms
from dataflows.history.folding import Fold, PeriodSelector
from dataflows.history.job import Job
from dataflows.history.job_stages import shards_stage
from dataflows.history.judging import (
    ActiveFiles,
    HistoryIntervals,
    HistoryIntervalsSource,
    JudgedUntil,
    active_flow,
    history_intervals,
    intervals_stage,
    judge_flow,
    judged_until,
)
from dataflows.history.shards import groups_of
from dataflows.history.shards.shard_pieces import ShardPiece, of_shards, row_pieces
from dataflows.history.spill import newest_event
from dataflows.history.spilled_shards import finished_shards, shards_left, spill
from dataflows.history.stages import Stage
from dataflows.kernels.offsets import ALWAYS, NEVER
from dataflows.run import InputOf, Ports


@dataclass(frozen=True, slots=True)
class ActiveRowSelector:
    """Selects rows of active entities: after the last event of each interval, and at the end.

    Rows have `since` < `as_of` (ms). Events at `until` (ms) and later are not folded: that is the end, or the time
    after the newest event. Of an entity type with more than `most_events` events, only some shards are folded.
    """

    interval_ms: int
    since: int = ALWAYS
    until: int = NEVER
    most_events: int = NEVER


def fold_active(
    job: Job,
    definitions: Definitions,
    source_of: InputOf,
    asked: ActiveRowSelector,
    execution: Execution,
    files_of: Callable[[str], DynamicSink[ShardPiece]],
) -> bool:
    """Writes the rows of active entities to the files of their entity type; returns False if it was stopped."""
    if not spill(job, definitions, source_of, execution, SpillTerms(asked.until, refuses_late=False, rejects=None)):
        return False
    clock = asked.until if asked.until != NEVER else (newest_event(job.events) or 0) + 1
    period = PeriodSelector(asked.since, clock, interval_ms=asked.interval_ms, closing=True)
    fold = of_shards(row_pieces(definitions, job, period, {}), sampled_shards(job, definitions, asked.most_events))
    return execution.stages.carry_out(job, _active_stage(job, definitions, fold, execution, files_of))


def sampled_shards(job: Job, definitions: Definitions, most_events: int) -> range:
    """Returns the first shards with at most `most_events` events of each entity type, at least one: a sample by
    hash."""
    return groups_of(job, definitions.entity_ids, most_events)[0]


def observe(
    job: Job,
    definitions: Definitions,
    source_of: InputOf,
    until: int,
    execution: Execution,
    since: Mapping[str, int],
) -> HistoryIntervals | None:
    """Observes the intervals of history until a time (ms) for judging; returns None if it was stopped before the
    end."""
    interval_ms = execution.quality.intervals.length_ms
    terms = SpillTerms(until, refuses_late=False, rejects=None, counted_ms=interval_ms)
    if not spill(job, definitions, source_of, execution, terms):
        return None
    clock = until if until != NEVER else newest_event(job.events) or 0
    period = PeriodSelector(ALWAYS, clock, interval_ms=interval_ms)
    if not execution.stages.carry_out(job, _judged_rows(job, definitions, period, execution, since)):
        return None
    return history_intervals(definitions, job, execution.quality)


def judge_intervals(
    job: Job,
    definitions: Definitions,
    ports: Ports,
    period: PeriodSelector,
    execution: Execution,
    since: Mapping[str, int],
) -> bool:
    """Judges the intervals of a period, from the rows of the entities that are active in each."""

    def judging() -> Dataflow:
        quality = replace(execution.quality, told_ms=judged_until(ledger))
        intervals = partial(history_intervals, definitions, job, quality, begins=period.since == ALWAYS)
        source = HistoryIntervalsSource(intervals, execution.stopping, execution.judged)
        return judge_flow(definitions, source, ports.quality, quality, JudgedUntil(ledger, process))

    ledger, stages, process = job.ledger("judge"), execution.stages, execution.stages.process
    active = _judged_rows(job, definitions, period, execution, since)
    return stages.carry_out(job, active) and stages.carry_out(job, intervals_stage("judge", judging, ledger))


def _judged_rows(
    job: Job, definitions: Definitions, period: PeriodSelector, execution: Execution, since: Mapping[str, int]
) -> Stage:
    """Returns the stage that writes the rows of active entities to the files that are judged."""

    def files_of(entity_id: str) -> ActiveFiles:
        features = definitions.of_entity(entity_id)
        return ActiveFiles(job.active(entity_id), features, execution.run, period.interval_ms)

    return _active_stage(job, definitions, row_pieces(definitions, job, period, since), execution, files_of)


def _active_stage(
    job: Job,
    definitions: Definitions,
    fold: Fold[ShardPiece],
    execution: Execution,
    files_of: Callable[[str], DynamicSink[ShardPiece]],
) -> Stage:
    def flow() -> Dataflow:
        shards = shards_left(job, definitions, "active", fold, execution)
        return active_flow(definitions, shards, files_of, finished_shards(job, "active", execution))

    return shards_stage(job, "active", flow)
