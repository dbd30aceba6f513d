"""A process that carries out a stage with others: `python -m dataflows.history.processes.member`, its task on stdin."""

import os
import pickle
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import msgspec
from bytewax.dataflow import Dataflow
from bytewax.testing import cluster_main

from dataflows.definitions import Source
from dataflows.history.execution import execution_of
from dataflows.history.job import Job
from dataflows.history.processes.shared_work import Membership
from dataflows.history.retained_memory import retained_memory
from dataflows.history.stages import EPOCH, Guard, Stage
from dataflows.history.whole_files import write_whole
from dataflows.metrics import DEAD_LETTERS
from dataflows.run import Ports
from dataflows.runtime.endpoints import ports_of
from dataflows.runtime.failing.engine_guard import guarded
from dataflows.runtime.failing.process_end import ProcessTerminator
from dataflows.runtime.process.shutdown import drain_on_signals, stopping
from dataflows.runtime.process.warmup import compile_kernels
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from dataflows.runtime.topics import RunMode, topics_of
from dataflows.runtime.topics import Source as TopicSource

_LOOK_S = 0.2

# Bytewax has no types here
_RUN: Callable[..., None] = cluster_main


@dataclass(frozen=True, slots=True)
class ClusterMember:
    """Runs its part of one stage; the earlier stages are complete."""

    member: Membership
    guard: Guard

    @property
    def process(self) -> int:
        """Returns its number."""
        return self.member.process

    @property
    def writers(self) -> range:
        """Returns its number: it has one thread."""
        return range(self.process, self.process + 1)

    def carry_out(self, job: Job, stage: Stage) -> bool:
        """Runs only its own stage; the starting process handles the stages before and after."""
        if stage.name != self.member.stage:
            return True
        addresses = list(self.member.addresses)
        with retained_memory():
            _RUN(self.guard(stage.flow()), addresses, self.member.process, epoch_interval=EPOCH)
        return False


def main() -> None:
    """Reads the task, carries out its part and writes its refused events."""
    settings = load_settings()
    ending = ProcessTerminator(settings.var, debug=settings.debug)
    ending.install()
    member: Membership = pickle.loads(sys.stdin.buffer.read())
    threading.Thread(target=_follow, args=(member.parent,), daemon=True).start()
    drain_on_signals()
    compile_kernels()
    execution = execution_of(settings, _now, lambda flow: flow, stopping)
    stages = ClusterMember(member, lambda flow: _guarded(flow, ending))
    member.work.carry_out(partial(_ports, member, settings), replace(execution, stages=stages))
    write_whole(member.refused, msgspec.json.encode(_refused()))


def _guarded(flow: Dataflow, ending: ProcessTerminator) -> Dataflow:
    return guarded(flow, ending)


def _ports(member: Membership, settings: Settings) -> Ports:
    """Returns the ports to read exactly the positions that the job resolved."""
    mode = RunMode(bounded=True, checkpointed=False, stopping=stopping, now=_now)
    topics, extents = topics_of(settings, mode), member.work.extents

    def history(source: Source) -> TopicSource:
        return topics.history(source.topic, extents[source.name])

    return replace(ports_of(settings, mode), source=history)


def _refused() -> list[tuple[str, str, float]]:
    samples = [sample for family in DEAD_LETTERS.collect() for sample in family.samples]
    totals = [sample for sample in samples if sample.name.endswith("_total")]
    return [(sample.labels["source"], sample.labels["reason"], sample.value) for sample in totals]


def _follow(parent: int) -> None:
    """Ends this process when its parent has ended, because its results would not be used."""
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    os._exit(1)


def _now() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    main()
