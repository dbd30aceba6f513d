"""Folds both sides in one pass over the events, which leaves pairs of values by entity type."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dataflows.definitions import Source
from dataflows.history import ActiveRowSelector, Execution, Extents, Job, fold_active
from dataflows.history.processes import PortsOf
from dataflows.history.shards import layout_of
from dataflows.run import InputOf, Run
from dataflows.runtime.settings_loader import load_settings
from dataflows.runtime.topics import RunMode
from dataflows.runtime.topics import Source as TopicSource
from governance.changes.comparison.events import EventData
from governance.changes.comparison.pair_files import AFTER, BEFORE, PairedSide, PairFiles
from governance.changes.comparison.sides import ComparedFeature, JointDefinitions, SideValues


@dataclass(frozen=True, slots=True)
class ComparisonWork:
    """The definitions and events to fold; it is sent to other processes with the same settings."""

    job: Job
    extents: Extents
    joint: JointDefinitions
    compared: Sequence[ComparedFeature]
    data: EventData
    asked: ActiveRowSelector

    def carry_out(self, ports_of: PortsOf, execution: Execution) -> bool:
        """Writes the pairs to the job; returns False if it was stopped before the end. Writes nothing else."""
        return self.fold(self.sources(execution), execution)

    def fold(self, source_of: InputOf, execution: Execution) -> bool:
        """Folds events from these sources like `carry_out`."""
        files_of = self._files_of(execution.run)
        return fold_active(self.job, self.joint.definitions, source_of, self.asked, execution, files_of)

    def sources(self, execution: Execution) -> InputOf:
        """Returns what reads the events of each source of the joint definitions."""
        settings = load_settings()
        mode = RunMode(bounded=True, checkpointed=False, stopping=execution.stopping, now=execution.run.now)

        def source_of(source: Source) -> TopicSource:
            return self.data.reader(source, self.extents[source.name], settings, mode)

        return source_of

    def _files_of(self, run: Run) -> Callable[[str], PairFiles]:
        def files(entity_id: str) -> PairFiles:
            return PairFiles(self.job.active(entity_id), self._sides(entity_id, run))

        return files

    def _sides(self, entity_id: str, run: Run) -> list[PairedSide]:
        """Returns the sides of an entity type; the side before may have no features."""
        layout = layout_of(self.joint.definitions, entity_id, 0)
        own = [feature for feature in self.compared if feature.after.entity_id == entity_id]
        changed = [feature.name for feature in own if feature.before is not None]
        after = SideValues(layout, self.joint.after, entity_id, run)
        sides = [PairedSide(AFTER, [feature.name for feature in own], after)]
        if changed:
            sides.append(PairedSide(BEFORE, changed, SideValues(layout, self.joint.before, entity_id, run)))
        return sides
