"""The fold of a data set: the engine of history, over exactly the positions that the job resolved once."""

from collections.abc import Callable
from dataclasses import dataclass

from connectors.errors import HeadraceError
from dataflows.definitions import Definitions
from dataflows.graph import used_sources
from dataflows.history.job import Job
from dataflows.history.jobs import Extents, open_job
from dataflows.history.replay import Execution, answer
from dataflows.run import InputOf
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode, topics_of


class JobStopped(HeadraceError):
    """A job was stopped before its end; the same command goes on with it."""


@dataclass(frozen=True, slots=True)
class HistoryFold:
    """Answers the questions of a job from the topics of these settings; sources go through `observed`.

    Raises JobStopped.
    """

    settings: Settings
    mode: RunMode
    execution: Execution
    observed: Callable[[InputOf], InputOf] = lambda source_of: source_of

    def __call__(self, job: Job, definitions: Definitions, lag_ms: int) -> None:
        """Reads what the job's positions say, which are resolved now unless they are known."""
        topics = topics_of(self.settings, self.mode)
        extents = open_job(job.folder, lambda: self.extents(definitions), fresh=False).extents
        source_of = self.observed(lambda source: topics.history(source.topic, extents[source.name]))
        if not answer(job, definitions, source_of, self.execution, lag_ms):
            raise JobStopped(f"stopped before the end; the same command resumes the job in {job.folder}")

    def extents(self, definitions: Definitions) -> Extents:
        """What the topics of all sources hold now, by source and partition."""
        topics = topics_of(self.settings, self.mode)
        return {source.name: topics.extent(source.topic) for source in used_sources(definitions)}
