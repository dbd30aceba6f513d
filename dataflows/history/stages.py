"""The stages of a job: dataflows that go on where they were stopped, and are over once and for all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bytewax.dataflow import Dataflow
from bytewax.testing import run_main

from connectors.errors import HeadraceError
from dataflows.history.job import Job
from dataflows.history.ledger import Ledger

EPOCH = timedelta(seconds=10)

# Bytewax has no types here
_RUN: Callable[..., None] = run_main

Guard = Callable[[Dataflow], Dataflow]


class StageUnfinished(HeadraceError):
    """A dataflow ended before it had done all; the same command goes on with it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A dataflow with what it must leave: `missing` names what it has not done yet.

    `forget` removes what nobody knows to be whole, before the dataflow is built.
    """

    name: str
    flow: Callable[[], Dataflow]
    ledger: Ledger
    forget: Callable[[], None]
    missing: Callable[[], Sequence[str]]


class Stages(Protocol):
    """How the stages of a job are carried out; `process` is the number of this process among those that share them."""

    @property
    def process(self) -> int:
        """The first is 0."""

    def carry_out(self, job: Job, stage: Stage) -> bool:
        """Runs a stage to its end, unless it is over; returns whether it is. One that was stopped is not."""


@dataclass(frozen=True, slots=True)
class OwnStages:
    """Stages in this process alone."""

    guard: Guard
    stopping: Callable[[], bool]
    epoch: timedelta = EPOCH

    @property
    def process(self) -> int:
        """There is one."""
        return 0

    def carry_out(self, job: Job, stage: Stage) -> bool:
        """Raises StageUnfinished."""
        return carried_out(job, stage, self._run, self.stopping)

    def _run(self, stage: Stage) -> bool:
        _RUN(self.guard(stage.flow()), epoch_interval=self.epoch)
        return True


def carried_out(job: Job, stage: Stage, run: Callable[[Stage], bool], stopping: Callable[[], bool]) -> bool:
    """Runs a stage unless it is over; it is over when its files say so. Raises StageUnfinished.

    `run` returns whether all outputs have what they were given.
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
