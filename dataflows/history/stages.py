"""Carries out the stages of a job: dataflows that go on where they were stopped, and are over once and for all."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bytewax.dataflow import Dataflow
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import run_main

from dataflows.history.job import Job

EPOCH = timedelta(seconds=10)

# Bytewax has no types here
_RUN: Callable[..., None] = run_main
_INIT: Callable[..., None] = init_db_dir
_CONFIG: Callable[[str], Any] = RecoveryConfig

Guard = Callable[[Dataflow], Dataflow]


def carry_out(job: Job, stage: str, flow: Callable[[], Dataflow], guard: Guard, stopping: Callable[[], bool]) -> bool:
    """Runs a stage to its end, unless it is over; returns whether it is. One that was stopped is not."""
    if job.completed(stage).exists():
        return True
    store = job.recovery(stage)
    if not store.exists():
        store.mkdir(parents=True)
        _INIT(str(store), 1)
    _RUN(guard(flow()), epoch_interval=EPOCH, recovery_config=_CONFIG(str(store)))
    if not stopping():
        job.completed(stage).touch()
    return not stopping()
