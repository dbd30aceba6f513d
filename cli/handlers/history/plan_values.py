"""Implements `headrace plan --with-data`: compares values over events."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer

from cli.dashboard import LOADING, waiting
from cli.error_reporting import InvalidArgument
from cli.handlers.history.engine_guard import draining, engine_guard
from cli.handlers.history.file_position import FilePosition
from cli.handlers.history.history_progress import HistoryProgress, progress_bar
from cli.output_folder import expect_writable
from cli.terminal import err, now_ms
from cli.topics import expect_broker
from dataflows.definitions import Definitions
from dataflows.graph import used_sources
from dataflows.history import ActiveRowSelector, Execution, Job, bound_of, execution_of
from dataflows.history.processes import SharedStages
from dataflows.kernels.offsets import ALWAYS, NEVER
from dataflows.run import InputOf
from dataflows.runtime.process.shutdown import stopping
from dataflows.runtime.process.warmup import compile_kernels
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from dataflows.runtime.topics import RunMode
from governance.changes.comparison import (
    MOST_EVENTS,
    Comparison,
    ComparisonWork,
    DataComparison,
    compared_features,
    comparison_of,
    events_of,
    report_of,
)
from governance.changes.comparison.events import EventFiles, RecentEvents
from governance.changes.comparison.showing import report_lines, section, with_pictures
from governance.changes.planning import Plan

MODE = RunMode(bounded=True, checkpointed=False, stopping=stopping, now=now_ms)


@dataclass(frozen=True, slots=True)
class ComparedValues:
    """A comparison, as the plan prints it."""

    report: DataComparison

    def lines(self) -> Iterable[str]:
        """Yields lines for a terminal."""
        return report_lines(self.report)

    def section(self) -> str:
        """Returns a section for a comment."""
        return section(self.report)

    def as_json(self) -> dict[str, Any]:
        """Returns it for programs."""
        return self.report.as_json()


@dataclass(frozen=True, slots=True)
class PlanValues:
    """The options of the command; see `cli.commands.changes.plan`."""

    with_data: Sequence[str]
    first: str | None
    end: str | None
    plots: Path

    def __call__(self, plan: Plan, before: Definitions, after: Definitions) -> ComparedValues | None:
        """Compares the values of changed features. Raises InvalidArgument, UnknownData, NoEvents and the errors of the
        events."""
        data = events_of(self.with_data, {*before.sources, *after.sources})
        settings = load_settings()
        asked = self._requested_range(settings, is_recent=isinstance(data, RecentEvents))
        features = compared_features(plan.changes, before, after)
        if not features:
            err.print("no values are compared: no feature is new and no values change")
            return None
        comparison = comparison_of(features, before, after, data)
        expect_writable(self.plots)
        if isinstance(data, RecentEvents):
            expect_broker(settings)
        return ComparedValues(with_pictures(_compared(comparison, asked, settings), self.plots))

    def _requested_range(self, settings: Settings, *, is_recent: bool) -> ActiveRowSelector:
        since, until = (self._time(option, text) for option, text in (("--from", self.first), ("--to", self.end)))
        if is_recent and (self.first or self.end):
            raise InvalidArgument("--from and --to apply to files and the archive only; a duration ends now")
        if since is not None and until is not None and since >= until:
            raise InvalidArgument(f"--from {self.first} is not before --to {self.end}")
        return ActiveRowSelector(
            settings.quality_interval * 1000,
            ALWAYS if since is None else since,
            NEVER if until is None else until,
            MOST_EVENTS,
        )

    def _time(self, option: str, text: str | None) -> int | None:
        if text is None:
            return None
        if (time := bound_of(text).time) is None:
            raise InvalidArgument(f"{option} {text}: expected a time of events, such as 2026-01-31T12:00:00Z")
        return time


def _compared(comparison: Comparison, asked: ActiveRowSelector, settings: Settings) -> DataComparison:
    extents = comparison.extents(settings, MODE, asked.since)
    with waiting(LOADING):
        compile_kernels()
    with _scratch(settings) as folder:
        job = Job(folder)
        progress = HistoryProgress(job.shards)
        work = comparison.work(job, extents, asked)
        _fold(work, progress, settings)
        with waiting("comparing values"):
            return report_of(comparison, work, progress.refused.counts())


@contextmanager
def _scratch(settings: Settings) -> Iterator[Path]:
    """Yields a temporary folder for the fold."""
    root = settings.var / "history"
    root.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=root, prefix="plan-") as folder:
        yield Path(folder)


def _fold(work: ComparisonWork, progress: HistoryProgress, settings: Settings) -> None:
    execution = execution_of(settings, now_ms, engine_guard(settings), stopping, progress.note_folded)
    execution = _shared(work, execution, progress, settings)
    with draining(), progress_bar(progress):
        complete = work.fold(_observed(work, progress, execution), execution)
    if not complete:
        err.print(f"stopped after {progress.events:,} events, before the end")
        raise typer.Exit(1)


def _observed(work: ComparisonWork, progress: HistoryProgress, execution: Execution) -> InputOf:
    source_of = work.sources(execution)
    if isinstance(work.data, EventFiles):
        progress.positions.update(_file_positions(work))
    return lambda source: progress.observed_topic(source.name, source_of(source))


def _file_positions(work: ComparisonWork) -> Mapping[tuple[str, str], FilePosition]:
    return {
        (source.name, part): FilePosition(size=int(extent.end) - int(extent.first))
        for source in used_sources(work.joint.definitions)
        for part, extent in work.extents[source.name].items()
    }


def _shared(work: ComparisonWork, execution: Execution, progress: HistoryProgress, settings: Settings) -> Execution:
    """Returns an execution in several processes, if set."""
    if settings.history_processes == 1:
        return execution
    look = partial(progress.look, work.job.spill.ledger, [work.job.ledger("active")])
    return replace(execution, stages=SharedStages(settings.history_processes, work, stopping, look))
