"""History, folded in the order of event time: whatever the partitions, sources and batches, the rows are the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import polars as pl
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink

from dataflows.definitions import Definitions, Source
from dataflows.graph import used_sources
from dataflows.history.flows import RowEnds, SpillTerms, answers_flow, rows_flow, spill_flow
from dataflows.history.folding import Fold, HistoryShards, Period
from dataflows.history.job import Job
from dataflows.history.job_stages import shards_stage, spill_stage
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
from dataflows.history.shards import EVENTS_TOGETHER, FinishedShards, finished, groups_of
from dataflows.history.shards.shard_pieces import ShardPiece, answer_pieces, of_shards, row_pieces
from dataflows.history.spill import AskedIds, NotedSource, asked_ids, newest_event, readings_of
from dataflows.history.stages import Guard, OwnStages, Stage, Stages
from dataflows.kernels.offsets import ALWAYS, NEVER
from dataflows.quality import Quality
from dataflows.run import InputOf, Ports, Run
from dataflows.runtime.options import event_limits, quality_of_history
from dataflows.runtime.settings import Settings
from dataflows.windows import Now, Watermark

_PAYLOADS_TOGETHER = 40_000
"""Nobody waits for a batch of history: the files of quiet days are decoded together."""


@dataclass(frozen=True, slots=True)
class Execution:
    """How history is run: `stopping` is true when it is to end early, `folded` is called after each shard.

    Shards are folded together as long as they have no more than `most_together` events of an entity type.
    `quality` says how values are judged where that is asked for, `judged` is called with the end (ms) of each interval.
    """

    run: Run
    quality: Quality
    stages: Stages
    stopping: Callable[[], bool]
    folded: Callable[[], None] = lambda: None
    most_together: int = EVENTS_TOGETHER
    judged: Callable[[int], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class RowsAsked:
    """Which rows of history are written, and where to.

    Rows have `since` < `as_of` <= `until` (event time, ms). Only what entities end with goes to the online store;
    `topics` get every row; so do `files`, a folder. Intervals of all of them may be `judged`.
    """

    since: int = ALWAYS
    until: int = NEVER
    store: bool = True
    topics: bool = False
    refuses_late: bool = False
    files: Path | None = None
    judged: bool = False


@dataclass(frozen=True, slots=True)
class ActiveAsked:
    """Which rows of active entities are folded: after the last event of each interval, and at the end.

    Rows have `since` < `as_of` (ms). Events at `until` (ms) and later are not folded: there is the end, or behind the
    newest event. Of more than `most_events` of an entity type, some shards are folded.
    """

    interval_ms: int
    since: int = ALWAYS
    until: int = NEVER
    most_events: int = NEVER


def execution_of(
    settings: Settings,
    now: Now,
    guard: Guard,
    stopping: Callable[[], bool],
    folded: Callable[[], None] = lambda: None,
    judged: Callable[[int], None] = lambda _: None,
) -> Execution:
    """How history is run with these settings; `guard` wraps its dataflows."""
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
        most_together=_PAYLOADS_TOGETHER,
    )
    return Execution(
        run, quality_of_history(settings, now), OwnStages(guard, stopping), stopping, folded, judged=judged
    )


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
    interval_ms = execution.quality.intervals.length_ms if asked.judged else 0
    terms = SpillTerms(asked.until, asked.refuses_late, ports.dead_letters, counted_ms=interval_ms)
    if not _spill(job, definitions, ports.source, execution, terms):
        return False
    clock = asked.until if asked.until != NEVER else newest_event(job.events) or 0
    ends = partial(RowEnds, written=written or definitions)
    final = _rows(job, definitions, ports, execution, Period(ALWAYS, clock), since)
    every = _rows(job, definitions, ports, execution, Period(asked.since, clock, every=True), since)
    if asked.store and not final("store", ends(store=True, topics=False, files=None)):
        return False
    if (asked.topics or asked.files is not None) and not every(
        "rows", ends(store=False, topics=asked.topics, files=asked.files)
    ):
        return False
    period = Period(asked.since, clock, interval_ms=interval_ms)
    return not asked.judged or _judged(job, definitions, ports, period, execution, since)


def observe(
    job: Job,
    definitions: Definitions,
    source_of: InputOf,
    until: int,
    execution: Execution,
    since: Mapping[str, int],
) -> HistoryIntervals | None:
    """The intervals of history until a time (ms), as they are judged; None when it was stopped before the end."""
    interval_ms = execution.quality.intervals.length_ms
    terms = SpillTerms(until, refuses_late=False, rejects=None, counted_ms=interval_ms)
    if not _spill(job, definitions, source_of, execution, terms):
        return None
    clock = until if until != NEVER else newest_event(job.events) or 0
    period = Period(ALWAYS, clock, interval_ms=interval_ms)
    if not execution.stages.carry_out(job, _judged_rows(job, definitions, period, execution, since)):
        return None
    return history_intervals(definitions, job, execution.quality)


def answer(job: Job, definitions: Definitions, source_of: InputOf, execution: Execution, lag_ms: int) -> bool:
    """Answers the questions of a job in every mode; returns False when it was stopped before the end."""
    terms = SpillTerms(NEVER, refuses_late=False, rejects=None, arrivals=True, asked=_asked(job, definitions))
    if not _spill(job, definitions, source_of, execution, terms):
        return False
    flow = partial(_answers, job, definitions, execution, answer_pieces(definitions, job, lag_ms))
    return execution.stages.carry_out(job, shards_stage(job, "answer", flow))


def fold_active(
    job: Job,
    definitions: Definitions,
    source_of: InputOf,
    asked: ActiveAsked,
    execution: Execution,
    files_of: Callable[[str], DynamicSink[ShardPiece]],
) -> bool:
    """Writes the rows of active entities to the files of their entity type; returns False when it was stopped."""
    if not _spill(job, definitions, source_of, execution, SpillTerms(asked.until, refuses_late=False, rejects=None)):
        return False
    clock = asked.until if asked.until != NEVER else (newest_event(job.events) or 0) + 1
    period = Period(asked.since, clock, interval_ms=asked.interval_ms, closing=True)
    fold = of_shards(row_pieces(definitions, job, period, {}), sampled_shards(job, definitions, asked.most_events))
    return execution.stages.carry_out(job, _active_stage(job, definitions, fold, execution, files_of))


def sampled_shards(job: Job, definitions: Definitions, most_events: int) -> range:
    """The shards that hold no more than so many events of an entity type; at least one. They are a sample by hash."""
    return groups_of(job, definitions.entity_ids, most_events)[0]


def _asked(job: Job, definitions: Definitions) -> dict[str, AskedIds]:
    """Whose events are needed, of the entity types of which not every entity is asked."""
    files = {
        entity_id: [path for shard in range(job.shards) if (path := job.questions(entity_id, shard)).exists()]
        for entity_id in definitions.entity_ids
        if not job.ticks(entity_id).exists()
    }
    found = {one: asked_ids(pl.read_ipc(path, columns=["id"])["id"] for path in paths) for one, paths in files.items()}
    return {one: asked for one, asked in found.items() if asked is not None}


def _spill(job: Job, definitions: Definitions, source_of: InputOf, execution: Execution, terms: SpillTerms) -> bool:
    sources = {source.name: source_of(source) for source in used_sources(definitions)}

    def noted(source: Source) -> NotedSource:
        return NotedSource(source.name, sources[source.name], readings_of(job.spill.ledger), execution.stopping)

    flow = partial(spill_flow, definitions, job, noted, execution.run, terms, execution.stages.process)
    return execution.stages.carry_out(job, spill_stage("spill", flow, job.spill, sources))


def _rows(
    job: Job, definitions: Definitions, ports: Ports, execution: Execution, period: Period, since: Mapping[str, int]
) -> Callable[[str, RowEnds], bool]:
    def fold(stage: str, ends: RowEnds) -> bool:
        def flow() -> Dataflow:
            pieces = row_pieces(definitions, job, period, since)
            shards = _shards(job, definitions, stage, pieces, execution)
            run = replace(execution.run, now=lambda: ALWAYS if period.every else period.clock)
            return rows_flow(definitions, shards, ports, run, ends, _noted(job, stage, execution))

        return execution.stages.carry_out(job, shards_stage(job, stage, flow))

    return fold


def _judged(
    job: Job, definitions: Definitions, ports: Ports, period: Period, execution: Execution, since: Mapping[str, int]
) -> bool:
    """Judges the intervals of a period, from the rows of the entities that are active in each."""

    def judge() -> Dataflow:
        told = replace(execution.quality, told_ms=judged_until(ledger))
        intervals = partial(history_intervals, definitions, job, told, begins=period.since == ALWAYS)
        source = HistoryIntervalsSource(intervals, execution.stopping, execution.judged)
        return judge_flow(definitions, source, ports.quality, told, JudgedUntil(ledger, process))

    ledger, stages, process = job.ledger("judge"), execution.stages, execution.stages.process
    active = _judged_rows(job, definitions, period, execution, since)
    return stages.carry_out(job, active) and stages.carry_out(job, intervals_stage("judge", judge, ledger))


def _judged_rows(
    job: Job, definitions: Definitions, period: Period, execution: Execution, since: Mapping[str, int]
) -> Stage:
    """The rows of the entities that are active in each interval, in the files that are judged."""

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
        shards = _shards(job, definitions, "active", fold, execution)
        return active_flow(definitions, shards, files_of, _noted(job, "active", execution))

    return shards_stage(job, "active", flow)


def _answers(job: Job, definitions: Definitions, execution: Execution, fold: Fold[ShardPiece]) -> Dataflow:
    shards = _shards(job, definitions, "answer", fold, execution)
    return answers_flow(definitions, shards, job, execution.run, _noted(job, "answer", execution))


def _shards(
    job: Job, definitions: Definitions, stage: str, fold: Fold[ShardPiece], execution: Execution
) -> HistoryShards[ShardPiece]:
    """The shards that are left to fold."""
    done = finished(job.ledger(stage), job.shards)
    groups = groups_of(job, definitions.entity_ids, execution.most_together)
    return HistoryShards(groups, done, fold, execution.stopping, execution.folded)


def _noted(job: Job, stage: str, execution: Execution) -> FinishedShards:
    return FinishedShards(job.ledger(stage), execution.stages.process)
