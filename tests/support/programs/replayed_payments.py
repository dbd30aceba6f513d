"""Payments on embedded topics, replayed by the command, and their expected sums."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from tests.support.programs.command_line import headrace

START, MINUTE, HOUR, DAY = 1_767_225_600_000, 60_000, 3_600_000, 86_400_000


class Payment(NamedTuple):
    """An event; `lane` is its key, which spreads a user over partitions."""

    user_id: str
    amount: float
    timestamp: int
    lane: str = "a"
    event_type: str = "payment_success"


def spend(rng: random.Random, many: int, users: int) -> list[Payment]:
    """Returns payments over a week, in random order."""
    return [
        Payment(
            f"u{rng.randrange(users)}",
            rng.randrange(1, 1_000) / 4,
            START + rng.randrange(7 * DAY),
            f"k{rng.randrange(16)}",
        )
        for _ in range(many)
    ]


def publish(events: Sequence[Payment]) -> None:
    lines = "\n".join(json.dumps(event._asdict()) for event in events)
    assert headrace("publish", "orders", "--key", "lane", stdin=lines).exit_code == 0


def replay(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli.main", "replay", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=os.environ | settings)


def rows_of(out: Path) -> pl.DataFrame:
    return pl.read_parquet(out / "user/*/rows.parquet", hive_partitioning=False).sort("_id", "_as_of")


def spent(events: Sequence[Payment], user: str, time: int) -> float:
    """Sums by brute force the payments of the last day, whose tail moves by the hour."""
    first = (time - DAY) // HOUR * HOUR
    return sum(event.amount for event in events if event.user_id == user and first <= event.timestamp < time)


def assert_right(rows: pl.DataFrame, events: Sequence[Payment]) -> None:
    for row in rows.iter_rows(named=True):
        assert row["user_spent_1d"] == spent(events, row["_id"], row["_as_of"]), row
