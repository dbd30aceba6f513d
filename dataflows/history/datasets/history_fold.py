"""The fold of a data set: the engine of history, over exactly the positions that the job resolved once."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from connectors.errors import HeadraceError
from dataflows.definitions import Definitions
from dataflows.graph import used_sources
from dataflows.history.job import Job
from dataflows.history.jobs import Extents, open_job
from dataflows.history.replay import Execution, answer
from dataflows.history.shared_stages import SharedStages
from dataflows.history.shared_work import AnswersWork
from dataflows.run import InputOf
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode, topics_of


class JobStopped(HeadraceError):
    """A job was stopped before its end; the same command goes on with it."""


@dataclass(frozen=True, slots=True)
class HistoryFold:
    """Answers the questions of a job from the topics of these settings; sources go through `observed`.

    In several `processes`, which keep `descriptors` open, `look` is called while they run. Raises JobStopped.
    """

    settings: Settings
    mode: RunMode
    execution: Execution
    observed: Callable[[InputOf], InputOf] = lambda source_of: source_of
    processes: int = 1
    look: Callable[[Job], None] = lambda job: None
    descriptors: tuple[int, ...] = ()

    def __call__(self, job: Job, definitions: Definitions, lag_ms: int) -> None:
        """Reads what the job's positions say, which are resolved now unless they are known."""
        topics = topics_of(self.settings, self.mode)
        extents = open_job(job.folder, lambda: self.extents(definitions), fresh=False).extents
        source_of = self.observed(lambda source: topics.history(source.topic, extents[source.name]))
        execution = self._shared(AnswersWork(job, extents, definitions, lag_ms))
        if not answer(job, definitions, source_of, execution, lag_ms):
            raise JobStopped(f"stopped before the end; the same command resumes the job in {job.folder}")

    def _shared(self, work: AnswersWork) -> Execution:
        """In several processes, where these are asked for."""
        if self.processes == 1:
            return self.execution
        stages = SharedStages(
            self.processes, work, self.execution.stopping, lambda: self.look(work.job), self.descriptors
        )
        return replace(self.execution, stages=stages)

    def extents(self, definitions: Definitions) -> Extents:
        """What the topics of all sources hold now, by source and partition."""
        topics = topics_of(self.settings, self.mode)
        return {source.name: topics.extent(source.topic) for source in used_sources(definitions)}
