"""Asks every entity of a shard at each of some times, in pieces that fit into memory."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from dataflows.history.folding import Questions
from dataflows.kernels.arrays import Ints

_EVENTS_A_QUESTION = 8
"""Events that take as much memory as a question; with fewer questions, asking takes less memory than the shard."""


def tick_questions(ids: pl.Series, times: Ints, ticks: Ints, most: int) -> Iterator[Questions]:
    """Yields questions about every entity at each tick (ms) after its first event, by tick and then by id.

    `ids` and `times` (ms) are those of the shard's events. A piece has about `most` questions, and whole ticks.
    """
    first = pl.DataFrame({"id": ids, "time": times}).group_by("id").agg(pl.col("time").min()).sort("id")
    together = max(1, max(most, len(times) // _EVENTS_A_QUESTION) // max(1, len(first)))
    for start in range(0, len(ticks), together):
        asked = _questions_at(first, ticks[start : start + together], start)
        if len(asked.rows):
            yield asked


def _questions_at(first: pl.DataFrame, ticks: Ints, row: int) -> Questions:
    """Returns the questions of some ticks, numbered from `row` on."""
    rows, places = np.repeat(np.arange(len(ticks)), len(first)), np.tile(np.arange(len(first)), len(ticks))
    known = ticks[rows] > first.get_column("time").to_numpy()[places]
    rows, places = rows[known], places[known]
    return Questions(rows + row, first.get_column("id").gather(places), ticks[rows])
