"""Folds history for a data set, over exactly the positions that the job resolved once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from connectors.errors import HeadraceError
from connectors.messages import MessageCount
from connectors.reading.bounded_partition import bounded_batches
from dataflows.definitions import Definitions, Feature
from dataflows.graph import used_sources
from dataflows.history.answers import answer
from dataflows.history.datasets.errors import DatasetError
from dataflows.history.datasets.first_events import MOST_EVENTS, FirstEvents, by_turns, entity_events
from dataflows.history.execution import Execution
from dataflows.history.job import Job
from dataflows.history.jobs import Extents, open_job
from dataflows.history.processes import AnswersWork, SharedStages
from dataflows.history.served import answer_served, feature_topics
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode, Source, topics_of


class JobStopped(HeadraceError):
    """A job was stopped before its end; the same command continues it."""


@dataclass(frozen=True, slots=True)
class HistoryFold:
    """Answers the questions of a job from the topics of these settings; their sources pass through `observed`.

    With several `processes`, which keep `descriptors` open, `look` is called while they run. Raises JobStopped.
    """

    settings: Settings
    mode: RunMode
    execution: Execution
    observed: Callable[[str, Source], Source] = lambda topic, source: source
    processes: int = 1
    look: Callable[[Job], None] = lambda job: None
    descriptors: tuple[int, ...] = ()

    def __call__(self, job: Job, definitions: Definitions, lag_ms: int, served: Sequence[Feature] = ()) -> None:
        """Reads the job's positions, which are resolved now unless they are known.

        The `served` features are also looked up in their feature topics, by this process alone. Raises DatasetError if
        the positions of a topic are unknown.
        """
        topics = topics_of(self.settings, self.mode)
        extents = open_job(job.folder, lambda: self.extents(definitions, served), fresh=False).extents
        _expect_all(extents, definitions, served)

        def history(topic: str, noted: str) -> Source:
            return self.observed(topic, topics.history(topic, extents[noted]))

        held = feature_topics(served)
        done = not held or answer_served(job, held, lambda topic: history(topic, topic), self.execution)
        execution = self._shared(AnswersWork(job, extents, definitions, lag_ms))
        if not done or not answer(job, definitions, lambda s: history(s.topic, s.name), execution, lag_ms):
            raise JobStopped(f"stopped before the end; run the same command again to resume the job in {job.folder}")

    def _shared(self, work: AnswersWork) -> Execution:
        """Returns an execution in several processes, if requested."""
        if self.processes == 1:
            return self.execution
        stages = SharedStages(
            self.processes, work, self.execution.stopping, lambda: self.look(work.job), self.descriptors
        )
        return replace(self.execution, stages=stages)

    def counts(self, definitions: Definitions, served: Sequence[Feature] = ()) -> dict[str, MessageCount | None]:
        """Returns the current number of messages in the topics, by the names of `extents`."""
        topics = topics_of(self.settings, self.mode)
        names = {source.name: source.topic for source in used_sources(definitions)}
        return {
            name: topics.count(names.get(name, name), parts)
            for name, parts in self.extents(definitions, served).items()
        }

    def first_events(self, definitions: Definitions, entity_id: str, messages: MessageCount | None) -> FirstEvents:
        """Finds the first events of entities, in as many of all `messages` as can be read in a few seconds."""
        topics, sources = topics_of(self.settings, self.mode), used_sources(definitions)
        firsts = FirstEvents(None if messages is None else messages.messages)
        for source in sources:
            history = topics.history(source.topic, topics.extent(source.topic))
            parts = [bounded_batches(history, name, "its entities were counted") for name in history.list_parts()]
            taken = entity_events(definitions, source, entity_id, self.execution.run.limits)
            firsts.read(by_turns(parts), taken, MOST_EVENTS // len(sources))
        return firsts

    def extents(self, definitions: Definitions, served: Sequence[Feature] = ()) -> Extents:
        """Returns the current extents of topics by partition: of sources by their name, of feature topics by the
        topic's."""
        topics = topics_of(self.settings, self.mode)
        of_sources = {source.name: topics.extent(source.topic) for source in used_sources(definitions)}
        return of_sources | {topic.name: topics.extent(topic.name) for topic in feature_topics(served)}


def _expect_all(extents: Extents, definitions: Definitions, served: Sequence[Feature]) -> None:
    """Raises DatasetError for a missing topic, which an edited manifest may cause."""
    read = [*(source.name for source in used_sources(definitions)), *(topic.name for topic in feature_topics(served))]
    if missing := [name for name in read if name not in extents]:
        raise DatasetError(f"history: no positions of {', '.join(missing)}; expected the positions of every topic")
