"""Names the files in the folder of a job over history: its questions, its spilled events, its results."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dataflows.history.ledger import Ledger
from dataflows.history.spill import SpillFolder

Mode = Literal["true", "known"]

SHARDS = 64
"""Shards of history: many, because entities are folded a shard at a time and memory follows its size."""


@dataclass(frozen=True, slots=True)
class Job:
    """The files of a job. Its shards are those of history, not those of a live run.

    >>> Job(Path("var/history/a1")).questions("user_id", 7).as_posix()
    'var/history/a1/questions/user_id/shard-007.arrow'
    """

    folder: Path
    shards: int = SHARDS

    @property
    def events(self) -> Path:
        """Returns the folder of spilled events, with a folder per entity type."""
        return self.folder / "events"

    @property
    def records(self) -> SpillFolder:
        """Returns the spilled records of feature topics, with their ledger."""
        return SpillFolder(self.folder / "records", self.ledger("records"))

    def questions(self, entity_id: str, shard: int) -> Path:
        """Returns the file of questions about the entities of a shard: `row`, `id`, `time` (ms)."""
        return self.folder / "questions" / entity_id / _file_of(shard)

    def ticks(self, entity_id: str) -> Path:
        """Returns the file of times (ms) at which every entity of a type is asked, as JSON: {"times": [...]}."""
        return self.folder / "questions" / entity_id / "ticks.json"

    def active(self, entity_id: str) -> Path:
        """Returns the folder of an entity type's active rows."""
        return self.folder / "active" / entity_id

    def answers(self, mode: str, entity_id: str, shard: int, part: int = 0) -> Path:
        """Returns the file of a shard's answers by `row`, a column per feature; large answers have several `part`s.

        >>> Job(Path("a1")).answers("known", "user_id", 7, 2).as_posix()
        'a1/answers/known/user_id/shard-007.00002.arrow'
        """
        return self.folder / "answers" / mode / entity_id / _file_of(shard, part)

    def ledger(self, stage: str) -> Ledger:
        """Returns the ledger of a stage."""
        return Ledger(self.folder / "ledgers" / stage)

    @property
    def spill(self) -> SpillFolder:
        """Returns the spilled events, with their ledger."""
        return SpillFolder(self.events, self.ledger("spill"))

    def undo(self, stage: str) -> None:
        """Forgets the results of a stage; its completion first."""
        self.completed(stage).unlink(missing_ok=True)
        shutil.rmtree(self.folder / "ledgers" / stage, ignore_errors=True)

    def completed(self, stage: str) -> Path:
        """Returns the file that exists when a stage is complete."""
        return self.folder / f"{stage}.complete"


def _file_of(shard: int, part: int = 0) -> str:
    return f"shard-{shard:03d}.{part:05d}.arrow" if part else f"shard-{shard:03d}.arrow"
