"""Runs the stages of a job in several local processes: starts them for a stage, watches them, and ends them
together."""

import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from connectors.errors import ExitCode, HeadraceError
from dataflows.history.job import Job
from dataflows.history.processes.shared_work import Membership, StagedWork
from dataflows.history.stages import Stage, carried_out
from dataflows.metrics import DEAD_LETTERS
from dataflows.runtime.failing.process_end import ENDED

_LOOK_S, _DRAIN_S = 0.1, 60.0
Child = subprocess.Popen[bytes]


class MemberDied(HeadraceError):
    """A process of a stage ended too early, so all had to end."""

    def __init__(self, member: Membership, code: int, log: Path) -> None:
        last_lines = [line for line in log.read_text(errors="replace").splitlines() if line.startswith(ENDED)]
        by = f"signal {signal.Signals(-code).name} ended it" if code < 0 else f"exit code {code}"
        why = last_lines[-1].split(": ", 2)[-1] if last_lines else f"{by}; its log is {log}"
        count = len(member.addresses)
        text = f"process {member.process + 1} of {count} ended in stage {member.stage}: {why}"
        super().__init__(f"{text}; run the same command again to resume the job")
        self.exit_code = next((known for known in ExitCode if known == code), ExitCode.CLUSTER)


@dataclass(frozen=True, slots=True)
class SharedStages:
    """Runs stages in several processes with the same `work`; they keep `descriptors` open (the lock of the folder).

    `look` is called several times a second while they run.
    """

    processes: int
    work: StagedWork
    stopping: Callable[[], bool]
    look: Callable[[], None] = lambda: None
    descriptors: tuple[int, ...] = ()

    @property
    def process(self) -> int:
        """Returns 0: this process only watches."""
        return 0

    @property
    def writers(self) -> range:
        """Returns the processes: each has one thread."""
        return range(self.processes)

    def carry_out(self, job: Job, stage: Stage) -> bool:
        """Raises MemberDied and StageUnfinished."""
        return carried_out(job, stage, self._run, self.stopping)

    def _run(self, stage: Stage) -> bool:
        members = self._members(stage.name)
        children = list[Child]()
        try:
            for member in members:
                children.append(self._started(member))
            drained = self._await(members, children)
        finally:
            for child in children:
                child.kill()
                child.wait()
        if drained:
            _count_refused(members)
        return drained

    def _members(self, stage: str) -> list[Membership]:
        addresses = tuple(_free_addresses(self.processes))
        return [Membership(self.work, stage, number, addresses, os.getpid()) for number in range(self.processes)]

    def _started(self, member: Membership) -> Child:
        """Starts a process; sends its task through a pipe, its settings through the environment."""
        with _log(member).open("wb") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "dataflows.history.processes.member"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=self.descriptors,
            )
        assert child.stdin is not None
        with child.stdin as pipe:
            pipe.write(pickle.dumps(member))
        return child

    def _await(self, members: Sequence[Membership], children: Sequence[Child]) -> bool:
        """Returns whether all have ended by themselves, or drained."""
        while any(child.poll() is None for child in children):
            if self.stopping():
                return _drained(children)
            _expect_alive(members, children)
            self.look()
            time.sleep(_LOOK_S)
        _expect_alive(members, children)
        return True


def _drained(children: Sequence[Child]) -> bool:
    """Asks all to end; a process that had not begun ends at once, so the others would wait for it in vain."""
    for child in children:
        child.terminate()
    end = time.monotonic() + _DRAIN_S
    while time.monotonic() < end and any(child.poll() is None for child in children):
        if any(child.poll() for child in children):
            return False
        time.sleep(_LOOK_S)
    return all(child.poll() == 0 for child in children)


def _expect_alive(members: Sequence[Membership], children: Sequence[Child]) -> None:
    """Raises MemberDied for the first failure, because others fail as a consequence."""
    failed = [(member, code) for member, child in zip(members, children, strict=True) if (code := child.poll())]
    for member, code in sorted(failed, key=lambda ended: ended[1] == ExitCode.CLUSTER):
        raise MemberDied(member, code, _log(member))


def _log(member: Membership) -> Path:
    return member.work.job.folder / f"{member.stage}-{member.process}.log"


def _free_addresses(many: int) -> list[str]:
    """Returns different ports that are free now."""
    probes = [socket.socket() for _ in range(many)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{probe.getsockname()[1]}" for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _count_refused(members: Sequence[Membership]) -> None:
    """Counts their refused events as if this process had refused them."""
    for member in members:
        for source, reason, count in msgspec.json.decode(
            member.refused.read_bytes(), type=list[tuple[str, str, float]]
        ):
            DEAD_LETTERS.labels(source=source, reason=reason).inc(count)
