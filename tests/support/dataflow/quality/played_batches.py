"""The events of a play as batches: as they are read, and as they are kept for the windows of features."""

from collections.abc import Sequence

import msgspec
import numpy as np
import polars as pl

from connectors.messages import RawBatch
from tests.support.dataflow.quality.feeds import Published
from tests.support.factories.definitions import MINUTE

SPARE = 2 * MINUTE
"""Events kept beyond their window, to profile again what a snapshot does not hold (ms)."""
COLUMNS = {"orders": ["user_id", "amount", "country", "timestamp"], "logins": ["user_id", "timestamp"]}


def as_read(events: Sequence[Published]) -> RawBatch:
    """Returns published events as a batch of their payloads."""
    published = np.array([at_ms for at_ms, _ in events], np.int64)
    payloads = [msgspec.json.encode(event) for _, event in events]
    return RawBatch("0", payloads, int(published[0]), int(published[-1]), str, arrivals=lambda: published)


def not_before(frames: Sequence[pl.DataFrame], from_ms: int) -> pl.DataFrame:
    """Returns the events since a time, including those ahead of their time, which count later."""
    return pl.concat(frames).filter(pl.col("timestamp") >= from_ms)
