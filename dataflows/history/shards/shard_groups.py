"""Groups shards for folding: a shard has a fixed cost, and many small ones fit into memory at once."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dataflows.history.folding import each_alone
from dataflows.history.job import Job
from dataflows.history.spill import shard_starts
from dataflows.kernels.arrays import Ints

EVENTS_TOGETHER = 1 << 17
"""Most events, and questions, of an entity type: together they take some 50 MB."""
_QUESTION_BYTES = 24
"""Least bytes of a question in its file."""


def groups_of(job: Job, entity_ids: Sequence[str], most: int) -> list[range]:
    """Groups the shards of a job: up to `most` events and questions of an entity type, or one shard each.

    If every entity is asked at some times, the number of answers is unknown, so each shard is by itself.
    """
    if any(job.ticks(entity_id).exists() for entity_id in entity_ids):
        return each_alone(job.shards)
    held = np.stack(
        [held for entity_id in entity_ids for held in (_events(job, entity_id), _most_questions(job, entity_id))]
    )
    return together(held, most)


def together(held: Ints, most: int) -> list[range]:
    """Groups shards, the columns of `held`, while no row sums to more than `most`.

    >>> together(np.array([[1, 2, 3, 1]]), 3)
    [range(0, 2), range(2, 3), range(3, 4)]
    """
    groups, start, sums = list[range](), 0, np.cumsum(held, axis=1)
    while start < held.shape[1]:
        before = sums[:, start] - held[:, start]
        end = int(
            min(np.searchsorted(row, first + most, side="right") for row, first in zip(sums, before, strict=True))
        )
        groups.append(range(start, max(start + 1, end)))
        start = groups[-1].stop
    return groups


def _events(job: Job, entity_id: str) -> Ints:
    counts = [np.diff(shard_starts(path)) for path in (job.events / entity_id).glob("*.arrow")]
    held: Ints = np.sum([np.zeros(job.shards, np.int64), *counts], axis=0)
    return held


def _most_questions(job: Job, entity_id: str) -> Ints:
    """Returns an upper bound of the questions from the file sizes."""
    return np.array([_size(job.questions(entity_id, shard)) // _QUESTION_BYTES for shard in range(job.shards)])


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
