"""The engine behind `headrace dataset`: it folds history with a bar, and drains when it is stopped."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bytewax.dataflow import Dataflow

from cli.handlers.history_progress import HistoryProgress, shown
from cli.terminal import err, now_ms
from connectors.redis import embedded_server
from dataflows.definitions import Definitions, Feature
from dataflows.history.datasets.builder import BuildProgress, DatasetBuilder
from dataflows.history.datasets.history_fold import HistoryFold
from dataflows.history.datasets.questions import WrittenQuestions
from dataflows.history.job import SHARDS, Job
from dataflows.history.replay import execution_of
from dataflows.runtime.failing.engine_guard import guarded
from dataflows.runtime.failing.process_end import Ending
from dataflows.runtime.settings import Settings
from dataflows.runtime.shutdown import drain_on_signals, stopping
from dataflows.runtime.topics import RunMode
from reports.formats import plural

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Engine:
    """Makes what makes data sets."""

    fold: HistoryFold
    progress: HistoryProgress

    def builder(self, job: Job) -> DatasetBuilder:
        """For a job; every stage is said."""
        return DatasetBuilder(job, self._shown, now_ms, BuildProgress(_say, _say_asked))

    def _shown(self, job: Job, definitions: Definitions, lag_ms: int, served: Sequence[Feature]) -> None:
        with shown(self.progress), _draining():
            self.fold(job, definitions, lag_ms, served)


def engine_of(settings: Settings) -> Engine:
    """The engine over the topics of these settings."""
    mode, progress = RunMode(True, False, stopping, now_ms), HistoryProgress(SHARDS)
    execution = execution_of(settings, now_ms, _guard(settings), stopping, progress.note_folded)
    return Engine(HistoryFold(settings, mode, execution, progress.observed_topic), progress)


@contextmanager
def _draining() -> Iterator[None]:
    """A signal lets the engine save where it is; before and after, there is nothing to drain."""
    before = [(number, signal.getsignal(number)) for number in SIGNALS]
    drain_on_signals()
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _say(stage: str) -> None:
    err.print(stage)


def _say_asked(written: WrittenQuestions) -> None:
    if written.rows:
        questions = plural(written.questions, "question")
        err.print(f"{plural(written.rows, 'row')} with {questions} to history", soft_wrap=True)


def _guard(settings: Settings) -> Callable[[Dataflow], Dataflow]:
    def before() -> None:
        err.show_cursor()
        embedded_server.release_all()

    return lambda flow: guarded(flow, Ending(settings.var, debug=settings.debug, before=before))
