"""The fold of a data set: the engine of history, over exactly the positions that the job resolved once."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from connectors.errors import HeadraceError
from connectors.messages import Extent
from dataflows.definitions import Definitions
from dataflows.graph import used_sources
from dataflows.history.job import Job
from dataflows.history.jobs import open_job
from dataflows.history.replay import Execution, answer
from dataflows.run import Ports
from dataflows.runtime.endpoints import ports_of
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode, topics_of


class Stopped(HeadraceError):
    """A job was stopped before its end; the same command goes on with it."""


@dataclass(frozen=True, slots=True)
class HistoryFold:
    """Answers the questions of a job from the topics of these settings. `observed` may put something before sources.

    Raises Stopped.
    """

    settings: Settings
    mode: RunMode
    execution: Execution
    observed: Callable[[Ports], Ports] = lambda ports: ports

    def __call__(self, job: Job, definitions: Definitions, lag_ms: int) -> None:
        """Reads what the job's positions say, which are resolved now unless they are known."""
        topics = topics_of(self.settings, self.mode)
        opened = open_job(job.folder, lambda: self.extents(definitions), fresh=False)
        ports = replace(
            ports_of(self.settings, self.mode),
            source=lambda source: topics.history(source.topic, opened.extents[source.name]),
        )
        if not answer(job, definitions, self.observed(ports), self.execution, lag_ms):
            raise Stopped(f"stopped before the end; the same command goes on with the job in {job.folder}")

    def extents(self, definitions: Definitions) -> dict[str, dict[str, Extent]]:
        """What the topics of all sources hold now, by source and partition."""
        topics = topics_of(self.settings, self.mode)
        return {source.name: topics.extent(source.topic) for source in used_sources(definitions)}
