"""Observes the intervals of a feature's history, with the profiles of its active entities."""

from collections.abc import Iterable, Iterator
from functools import partial

import typer
from bytewax.inputs import FixedPartitionedSource

from cli.handlers.history.engine_guard import engine_guard
from cli.handlers.history.history_progress import HistoryProgress, progress_bar
from cli.handlers.history.job_place import job_place
from cli.supervision import hold_folder
from cli.terminal import err, now_ms
from cli.topics import expect_broker
from connectors.messages import RawBatch
from dataflows.definitions import Definitions, Feature, Source
from dataflows.graph import used_sources
from dataflows.history import (
    Extents,
    Job,
    OpenedJob,
    discard,
    execution_of,
    folder_of,
    forget,
    observe,
    open_job,
    other_version,
    part_of,
)
from dataflows.history.judging import ObservedInterval
from dataflows.kernels.offsets import NEVER
from dataflows.runtime.process.shutdown import drain_on_signals, stopping
from dataflows.runtime.recovery import NOTHING, histories
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode, Topics, topics_of
from governance.authoring.baselines import BaselineInterval
from reports.alerting import RowProfiles

MODE = RunMode(bounded=True, checkpointed=False, stopping=stopping, now=now_ms)


def observed_intervals(
    feature: Feature, definitions: Definitions, settings: Settings, until: int | None
) -> list[BaselineInterval]:
    """Folds topics and archive up to a time (ms); stops with exit code 1 on a signal."""
    part = part_of(definitions, [feature.feature_name])
    expect_broker(settings)
    drain_on_signals()
    topics = topics_of(settings, MODE)
    place = job_place(settings, store=False)
    asked = {"command": "baseline", "definitions": part.fingerprint, "until": until, "place": place}
    folder = folder_of(settings.var / "history", {**asked, "interval": settings.quality_interval})
    with hold_folder(folder):
        if other_version(Job(folder)) is not None:
            forget(Job(folder))
        opened = open_job(folder, partial(_extents, part, topics), fresh=False)
        intervals = _observed(feature, part, settings, topics, opened, until)
        discard(opened.job)
    return intervals


def _extents(part: Definitions, topics: Topics) -> Extents:
    return {source.name: topics.extent(source.topic) for source in used_sources(part)}


def _observed(
    feature: Feature, part: Definitions, settings: Settings, topics: Topics, opened: OpenedJob, until: int | None
) -> list[BaselineInterval]:
    progress = HistoryProgress(opened.job.shards)
    execution = execution_of(settings, now_ms, engine_guard(settings), stopping, progress.note_folded)
    since = histories(part, NOTHING, now_ms(), earliest=True, oldest_left=topics.oldest_left)

    def history(source: Source) -> FixedPartitionedSource[RawBatch, bytes]:
        return progress.observed_topic(source.topic, topics.history(source.topic, opened.extents[source.name]))

    with progress_bar(progress):
        intervals = observe(opened.job, part, history, NEVER if until is None else until, execution, since)
        if intervals is None:
            err.print(f"stopped after {progress.events:,} events, before the end; run the same command again to resume")
            raise typer.Exit(1)
        length = execution.quality.intervals.length_ms
        return [*_profiled(feature.feature_name, intervals, length)]


def _profiled(name: str, intervals: Iterable[ObservedInterval], length_ms: int) -> Iterator[BaselineInterval]:
    for interval in intervals:
        for key, observation in interval.observations:
            if key == name and isinstance(observation, RowProfiles):
                for start, profile in observation.by_start.items():
                    yield BaselineInterval(start, start + length_ms, profile)
