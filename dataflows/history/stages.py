"""Runs the stages of a job: dataflows that continue where they were stopped, and complete once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bytewax.dataflow import Dataflow
from bytewax.testing import cluster_main, run_main

from connectors.errors import HeadraceError
from dataflows.history.job import Job
from dataflows.history.ledger import Ledger
from dataflows.history.retained_memory import retained_memory

EPOCH = timedelta(seconds=10)

# Bytewax has no types here
_RUN: Callable[..., None] = run_main
_RUN_IN_THREADS: Callable[..., None] = cluster_main

Guard = Callable[[Dataflow], Dataflow]


class StageUnfinished(HeadraceError):
    """A dataflow ended before its work was complete; the same command continues it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A dataflow with its required results: `missing` names the ones that are not done.

    `forget` removes incomplete results before the dataflow is built. With `parallel`, threads may share its steps.
    """

    name: str
    flow: Callable[[], Dataflow]
    ledger: Ledger
    forget: Callable[[], None]
    missing: Callable[[], Sequence[str]]
    parallel: bool = False


class Stages(Protocol):
    """Carries out the stages of a job; `process` is the number of this process."""

    @property
    def process(self) -> int:
        """Its number; the first process is 0."""

    @property
    def writers(self) -> range:
        """Numbers of the threads of this process among those of all; each writes its own files."""

    def carry_out(self, job: Job, stage: Stage) -> bool:
        """Runs a stage to its end, unless it is complete; returns False if it was stopped."""


@dataclass(frozen=True, slots=True)
class LocalStages:
    """Runs stages in this process alone; those that are parallel in several `threads`."""

    guard: Guard
    stopping: Callable[[], bool]
    epoch: timedelta = EPOCH
    threads: int = 1

    @property
    def process(self) -> int:
        """Returns 0: there is only one."""
        return 0

    @property
    def writers(self) -> range:
        """Returns one for each thread."""
        return range(self.threads)

    def carry_out(self, job: Job, stage: Stage) -> bool:
        """Raises StageUnfinished."""
        return carried_out(job, stage, self._run, self.stopping)

    def _run(self, stage: Stage) -> bool:
        with retained_memory():
            flow = self.guard(stage.flow())
            if stage.parallel and self.threads > 1:
                _RUN_IN_THREADS(flow, [], 0, epoch_interval=self.epoch, worker_count_per_proc=self.threads)
            else:
                _RUN(flow, epoch_interval=self.epoch)
        return True


def carried_out(job: Job, stage: Stage, run: Callable[[Stage], bool], stopping: Callable[[], bool]) -> bool:
    """Runs a stage unless its files show that it is complete. Raises StageUnfinished.

    `run` returns whether all outputs hold what they were given.
    """
    if job.completed(stage.name).exists():
        return True
    stage.forget()
    if stage.missing() and run(stage):
        stage.ledger.seal_all()
    if missing := stage.missing():
        if stopping():
            return False
        raise StageUnfinished(
            f"{job.folder}: stage {stage.name} ended without {', '.join(missing[:5])}; run the same command again"
        )
    job.completed(stage.name).touch()
    return True
