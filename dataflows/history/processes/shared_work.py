"""Defines the work that several processes of a job share; it is sent to each of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dataflows.definitions import Definitions
from dataflows.history.answers import answer
from dataflows.history.execution import Execution
from dataflows.history.job import Job
from dataflows.history.jobs import Extents
from dataflows.history.replay import RowRequest, replay
from dataflows.run import Ports

PortsOf = Callable[[], Ports]
"""Creates the ports of the graph where they are needed."""


class StagedWork(Protocol):
    """Work that each process does in the same way, stage by stage."""

    @property
    def job(self) -> Job:
        """Returns the job with its files."""

    @property
    def extents(self) -> Extents:
        """Returns the extents to read."""

    def carry_out(self, ports_of: PortsOf, execution: Execution) -> bool:
        """Carries out the work; returns False if it was stopped before the end."""


@dataclass(frozen=True, slots=True)
class RowsWork:
    """The rows that a replay writes; see `replay`."""

    job: Job
    extents: Extents
    definitions: Definitions
    asked: RowRequest
    since: Mapping[str, int]
    written: Definitions

    def carry_out(self, ports_of: PortsOf, execution: Execution) -> bool:
        """Writes the rows; returns False if it was stopped before the end."""
        return replay(self.job, self.definitions, ports_of(), self.asked, execution, self.since, self.written)


@dataclass(frozen=True, slots=True)
class AnswersWork:
    """The answers to the questions of a job; see `answer`."""

    job: Job
    extents: Extents
    definitions: Definitions
    lag_ms: int

    def carry_out(self, ports_of: PortsOf, execution: Execution) -> bool:
        """Answers the questions; returns False if it was stopped before the end."""
        return answer(self.job, self.definitions, ports_of().source, execution, self.lag_ms)


@dataclass(frozen=True, slots=True)
class Membership:
    """The part of one process in a stage: its number, all addresses, and the process that started it."""

    work: StagedWork
    stage: str
    process: int
    addresses: tuple[str, ...]
    parent: int

    @property
    def refused(self) -> Path:
        """Returns the file for its number of refused events, by source and reason."""
        return self.work.job.folder / f"refused-{self.stage}-{self.process}.json"
