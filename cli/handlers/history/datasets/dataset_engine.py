"""Provides the engine of `headrace dataset`: folds history with a progress bar, and drains when stopped."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from cli.handlers.history.engine_guard import draining, engine_guard
from cli.handlers.history.history_progress import HistoryProgress, progress_bar
from cli.terminal import err, now_ms
from dataflows.definitions import Definitions, Feature
from dataflows.history.datasets.builder import BuildProgress, DatasetBuilder
from dataflows.history.datasets.history_fold import HistoryFold
from dataflows.history.datasets.questions import WrittenQuestions
from dataflows.history.execution import execution_of
from dataflows.history.job import SHARDS, Job
from dataflows.runtime.process.shutdown import stopping
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode
from reports.formats import plural


@dataclass(frozen=True, slots=True)
class Engine:
    """Creates builders of data sets."""

    fold: HistoryFold
    progress: HistoryProgress

    def builder(self, job: Job, lock: int) -> DatasetBuilder:
        """Returns a builder for a job whose folder is held by a lock; it prints every stage."""
        fold = replace(self.fold, descriptors=(lock,))

        def with_a_bar(job: Job, definitions: Definitions, lag_ms: int, served: Sequence[Feature]) -> None:
            with progress_bar(self.progress), draining():
                fold(job, definitions, lag_ms, served)

        return DatasetBuilder(job, with_a_bar, now_ms, BuildProgress(_print_stage, _print_requests))


def engine_of(settings: Settings, processes: int | None) -> Engine:
    """Returns the engine over the topics of these settings, in this number of processes."""
    mode, progress = RunMode(True, False, stopping, now_ms), HistoryProgress(SHARDS)
    execution = execution_of(settings, now_ms, engine_guard(settings), stopping, progress.note_folded)
    count = processes or settings.history_processes
    return Engine(
        HistoryFold(settings, mode, execution, progress.observed_topic, count, partial(_observe, progress)), progress
    )


def _observe(progress: HistoryProgress, job: Job) -> None:
    progress.look(job.spill.ledger, [job.ledger("answer")])


def _print_stage(stage: str) -> None:
    err.print(stage)


def _print_requests(written: WrittenQuestions) -> None:
    if written.rows:
        questions = plural(written.questions, "question")
        err.print(f"{plural(written.rows, 'row')} with {questions} to history", soft_wrap=True)
