"""Implements `headrace replay`: folds everything that the topics hold, in the order of event time."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import typer

from cli.dashboard import LOADING, waiting
from cli.error_reporting import say
from cli.handlers.history.engine_guard import engine_guard
from cli.handlers.history.history_progress import HistoryProgress, progress_bar
from cli.handlers.history.job_place import job_place
from cli.handlers.history.refusal_counts import sentences
from cli.handlers.history.replays.replay_options import Options
from cli.handlers.history.replays.written_rows import written_and_kept
from cli.output_folder import expect_writable
from cli.redis_client import kept_redis
from cli.supervision import hold_folder
from cli.terminal import err, now_ms
from cli.topics import expect_broker
from connectors.archive.naming import partition_number
from connectors.redis.server_run_marker import ServerRunMarker
from dataflows.definitions import Definitions, load
from dataflows.graph import used_sources
from dataflows.history import (
    Execution,
    Extents,
    HistoryBound,
    InvalidBound,
    Job,
    OpenedJob,
    RowRequest,
    discard,
    execution_of,
    folder_of,
    forget,
    gather_days,
    narrowed,
    open_job,
    other_days,
    other_version,
)
from dataflows.history.processes import RowsWork, SharedStages
from dataflows.kernels.offsets import ALWAYS, NEVER
from dataflows.run import Ports
from dataflows.runtime.endpoints import ports_of
from dataflows.runtime.process.shutdown import drain_on_signals, stopping
from dataflows.runtime.process.warmup import compile_kernels
from dataflows.runtime.recovery import NOTHING, histories
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from dataflows.runtime.tenancy import expect_same_definitions
from dataflows.runtime.topics import RunMode, Topics, topics_of
from reports import moments
from reports.formats import plural

MODE = RunMode(bounded=True, checkpointed=False, stopping=stopping, now=now_ms)


@dataclass(frozen=True, slots=True)
class _Replay:
    """A replay with everything it needs."""

    options: Options
    settings: Settings
    definitions: Definitions
    part: Definitions
    topics: Topics
    opened: OpenedJob
    progress: HistoryProgress
    lock: int
    server_run: ServerRunMarker | None


def replay(options: Options) -> None:
    """Replays history through the features, into Redis, topics or files."""
    settings = load_settings()
    definitions = load(settings.specs)
    part, bounds = options.part(definitions), options.bounds
    if options.out is not None:
        expect_writable(options.out)
    expect_broker(settings)
    with waiting(LOADING):
        compile_kernels()
    drain_on_signals()
    topics, folder = topics_of(settings, MODE), _folder(settings, options, part)
    with hold_folder(folder) as lock, _redis(settings, options, definitions, folder.name) as marker:
        _refuse_other_version(Job(folder))
        opened = _opened(folder, partial(_extents, part, topics, *bounds), options.fresh)
        stages = options.store + (options.topics or options.out is not None) + options.quality
        progress = HistoryProgress(opened.job.shards * stages)
        _carry_out(_Replay(options, settings, definitions, part, topics, opened, progress, lock, marker), *bounds)


def _folder(settings: Settings, options: Options, part: Definitions) -> Path:
    """Returns the folder of the job: the same for the same request at the same place."""
    asked = {"command": "replay", "definitions": part.fingerprint, **options.identity()}
    asked["place"] = job_place(settings, store=options.store)
    if options.quality:
        asked["interval"] = settings.quality_interval
    return folder_of(settings.var / "history", asked)


@contextmanager
def _redis(
    settings: Settings, options: Options, definitions: Definitions, job: str
) -> Iterator[ServerRunMarker | None]:
    """Keeps Redis up while rows are written to it, and refuses to write beside a run with other definitions."""
    if not options.store:
        yield None
        return
    with kept_redis(settings) as client:
        expect_same_definitions(client, settings.redis_prefix, definitions)
        yield ServerRunMarker(client, f"{settings.redis_prefix}:replaying-{job}")


def _extents(definitions: Definitions, topics: Topics, first: HistoryBound | None, end: HistoryBound | None) -> Extents:
    """Returns the extents to read of each source: everything that its topic holds, or between positions."""
    extents = {source.name: topics.extent(source.topic) for source in used_sources(definitions)}
    return narrowed(extents, first, end)


def _opened(folder: Path, resolve: Callable[[], Extents], fresh: bool) -> OpenedJob:
    """Opens the job; removes its folder if it cannot begin. Raises InvalidBound."""
    try:
        return open_job(folder, resolve, fresh)
    except InvalidBound:
        discard(Job(folder))
        raise


def _refuse_other_version(job: Job) -> None:
    """Starts over if another version began the replay, because its files may hold other values."""
    if (other := other_version(job)) is not None:
        err.print(f"this replay was started by {other}; starting over", soft_wrap=True)
        forget(job)


def _carry_out(task: _Replay, first: HistoryBound | None, end: HistoryBound | None) -> None:
    begun = time.monotonic()
    _say_what_is_read(task)
    with progress_bar(task.progress):
        write = partial(_write, task, _row_request(task, first, end))
        complete = write() if task.server_run is None else written_and_kept(task.opened, task.server_run, write)
    for sentence in sentences(task.progress.refused.counts(), task.settings.dead_letter_topic):
        say(sentence)
    if not complete:
        err.print(
            f"stopped after {task.progress.events:,} events, before the end; run the same command again to resume"
        )
        raise typer.Exit(1)
    if task.options.out is not None:
        _gather(task, task.options.out)
    if task.server_run is not None:
        task.server_run.end()
    discard(task.opened.job)
    err.print(f"replayed {task.progress.events:,} events in {moments.seconds(time.monotonic() - begun)}")


def _say_what_is_read(task: _Replay) -> None:
    """Prints times and positions, which are resolved once: later messages are not read."""
    first, end = (bound.time if bound else None for bound in task.options.bounds)
    if first is not None:
        err.print(f"rows after {moments.instant(first)}", highlight=False)
    if end is not None:
        err.print(f"events before {moments.instant(end)}", highlight=False)
    if task.opened.resumed:
        err.print("resuming the stopped replay; it reads up to the positions that it started with")
    for source, parts in task.opened.extents.items():
        spans = ", ".join(f"{partition_number(part)}@{extent.first} to {extent.end}" for part, extent in parts.items())
        err.print(f"{source}: {spans}", markup=False, highlight=False)


def _row_request(task: _Replay, first: HistoryBound | None, end: HistoryBound | None) -> RowRequest:
    since, until = first.time if first else None, end.time if end else None
    return RowRequest(
        since=ALWAYS if since is None else since,
        until=NEVER if until is None else until,
        store=task.options.store,
        topics=task.options.topics,
        refuses_late=task.options.refuses_late,
        files=None if task.options.out is None else task.opened.job.folder / "rows",
        judged=task.options.quality,
    )


def _write(task: _Replay, asked: RowRequest) -> bool:
    notes = task.progress.note_folded, task.progress.note_judged
    execution = execution_of(task.settings, now_ms, engine_guard(task.settings), stopping, *notes)
    ports = task.progress.observed(_ports(task))
    since = histories(task.part, NOTHING, now_ms(), earliest=True, oldest_left=task.topics.oldest_left)
    work = RowsWork(task.opened.job, task.opened.extents, task.part, asked, since, task.definitions)
    return work.carry_out(lambda: ports, _shared(task, execution, work))


def _shared(task: _Replay, execution: Execution, work: RowsWork) -> Execution:
    """Returns an execution in several processes, if requested."""
    processes = task.options.processes or task.settings.history_processes
    if processes == 1:
        return execution
    job = task.opened.job
    look = partial(task.progress.look, job.spill.ledger, [job.ledger(stage) for stage in ("store", "rows", "active")])
    return replace(execution, stages=SharedStages(processes, work, stopping, look, (task.lock,)))


def _ports(task: _Replay) -> Ports:
    """Returns the ports of a replay, which reads exactly what its job resolved."""
    topics, extents = task.topics, task.opened.extents
    ports = ports_of(task.settings, MODE)
    return replace(ports, source=lambda source: topics.history(source.topic, extents[source.name]))


def _gather(task: _Replay, out: Path) -> None:
    asked = task.options.requested_features(task.definitions)
    metadata = {
        "mode": "true",
        "feature_set": task.options.set_name or "",
        "features": json.dumps({f.feature_name: f.fingerprint for f in task.part.features if f.feature_name in asked}),
    }
    named = {f"headrace.{key}": value for key, value in metadata.items()}
    shards = task.opened.job.folder / "rows"
    rows = gather_days(shards, out, named, asked)
    err.print(f"wrote {rows:,} rows to {out}", markup=False, highlight=False)
    if foreign_days := other_days(shards, out):
        days = plural(len(foreign_days), "day")
        warning = f"{out} also holds {days} that another replay wrote, {foreign_days[0]} first"
        err.print(warning, soft_wrap=True, markup=False, highlight=False)
