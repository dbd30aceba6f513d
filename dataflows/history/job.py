"""The folder of a job over history: what was asked, what was spilled, what came of it."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dataflows.history.ledger import Ledger
from dataflows.history.spill import SpillFolder

Mode = Literal["true", "known"]

SHARDS = 64
"""Entities are folded a shard at a time, so that many shards mean little memory."""


@dataclass(frozen=True, slots=True)
class Job:
    """Where the files of a job are. Its shards are those of history alone, not those of a live run.

    >>> Job(Path("var/history/a1")).questions("user_id", 7).as_posix()
    'var/history/a1/questions/user_id/shard-007.arrow'
    """

    folder: Path
    shards: int = SHARDS

    @property
    def events(self) -> Path:
        """Where events are spilled, a folder an entity type."""
        return self.folder / "events"

    @property
    def records(self) -> SpillFolder:
        """The spilled records of feature topics, with what the ledger says of them."""
        return SpillFolder(self.folder / "records", self.ledger("records"))

    def questions(self, entity_id: str, shard: int) -> Path:
        """The questions to the entities of a shard: `row`, `id`, `time` (ms)."""
        return self.folder / "questions" / entity_id / _file_of(shard)

    def ticks(self, entity_id: str) -> Path:
        """Times (ms) at which every entity of a type is asked, as JSON: {"times": [...]}."""
        return self.folder / "questions" / entity_id / "ticks.json"

    def active(self, entity_id: str) -> Path:
        """Where the rows of active entities are, a folder an entity type."""
        return self.folder / "active" / entity_id

    def answers(self, mode: str, entity_id: str, shard: int, part: int = 0) -> Path:
        """The answers to the questions of a shard by `row`, a column a feature; more `part`s where these are many.

        >>> Job(Path("a1")).answers("known", "user_id", 7, 2).as_posix()
        'a1/answers/known/user_id/shard-007.00002.arrow'
        """
        return self.folder / "answers" / mode / entity_id / _file_of(shard, part)

    def ledger(self, stage: str) -> Ledger:
        """What a stage has done."""
        return Ledger(self.folder / "ledgers" / stage)

    @property
    def spill(self) -> SpillFolder:
        """The spilled events, with what the ledger says of them."""
        return SpillFolder(self.events, self.ledger("spill"))

    def undo(self, stage: str) -> None:
        """Forgets what a stage has done, first that it is over."""
        self.completed(stage).unlink(missing_ok=True)
        shutil.rmtree(self.folder / "ledgers" / stage, ignore_errors=True)

    def completed(self, stage: str) -> Path:
        """A file that is there when a stage is over."""
        return self.folder / f"{stage}.complete"


def _file_of(shard: int, part: int = 0) -> str:
    return f"shard-{shard:03d}.{part:05d}.arrow" if part else f"shard-{shard:03d}.arrow"
