"""Retail orders on an embedded topic, published late, and questions about them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from connectors.embedded.topic_folder import TopicRetention, open_topic
from connectors.embedded.topics import TopicWriter
from dataflows.definitions.loader import Definitions
from tests.support.factories.topics import retail_orders

DELAYS_MS = (0, 1_000, 3_600_000, 259_200_000)
AWAY_MS = (1, 7_200_000, 259_200_000, 3_456_000_000)


def published_late(events: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Returns the events in the order of publishing, `published` (ms) at their time or up to three days later."""
    delays = (rng.random(len(events)) * rng.choice(DELAYS_MS, len(events))).astype(np.int64)
    return events.with_columns(published=pl.col("timestamp") + pl.Series(delays)).sort("published", maintain_order=True)


def publish(root: Path, topic: str, events: pl.DataFrame, partitions: int) -> None:
    """Writes events to a topic; neighbours, even of one entity, are in different partitions."""
    writer = TopicWriter(open_topic(root, topic, TopicRetention(partitions=partitions)), lambda: 0)
    keys = [str(number) for number in range(len(events))]
    published = events.get_column("published").to_list()
    writer.write(writer.pending(keys, retail_orders.payloads(events.drop("published")), published))
    writer.close()


def random_spine(events: pl.DataFrame, many: int, rng: np.random.Generator) -> pl.DataFrame:
    """Returns the user and item of random lines, asked about soon after or up to 40 days later."""
    picked = _picked(events, many, rng)
    away = (rng.random(many) * rng.choice(AWAY_MS, many)).astype(np.int64)
    return picked.with_columns(at=pl.col("timestamp") + pl.Series(away)).drop("timestamp")


def edge_spine(definitions: Definitions, events: pl.DataFrame, many: int, rng: np.random.Generator) -> pl.DataFrame:
    """Returns the user and item of random lines, asked about at the line's time, where a window loses it, and 1 ms
    before and after both."""
    windows = [(f.window_ms, f.hop_ms) for f in definitions.features if f.expression is None and f.window_ms]
    chosen = np.array(windows, np.int64)[rng.integers(len(windows), size=many)]
    picked = _picked(events, many, rng)
    times = picked["timestamp"].to_numpy()
    lost = (times // chosen[:, 1] + 1) * chosen[:, 1] + chosen[:, 0]
    return pl.concat(_asked(picked, moments + off) for moments in (times, lost) for off in (-1, 0, 1))


def points(spine: pl.DataFrame, entity_id: str) -> list[tuple[str, int]]:
    """Returns the questions of a spine for an entity type."""
    return list(zip(spine[entity_id].to_list(), spine["at"].to_list(), strict=True))


def _picked(events: pl.DataFrame, many: int, rng: np.random.Generator) -> pl.DataFrame:
    whole = events.drop_nulls(["user_id", "item_id"]).select("user_id", "item_id", "timestamp")
    return whole[rng.integers(len(whole), size=many)]


def _asked(picked: pl.DataFrame, moments: Sequence[int] | np.ndarray[tuple[int], np.dtype[np.int64]]) -> pl.DataFrame:
    return picked.drop("timestamp").with_columns(at=pl.Series(moments))
