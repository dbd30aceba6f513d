"""A shop with a spine, and the values that its data sets must have."""

import re
from pathlib import Path

import msgspec
import polars as pl

from connectors.embedded.topics import append

NOON = 1_767_268_800_000  # 2026-01-01T12:00:00Z
TOPIC = "persistent://public/default/raw-order-events"
SPINE = ("--entity", "user_id", "--time", "at")


def publish(folder: Path, events: list[tuple[str, int, float]], published_ms: int) -> None:
    payloads = [
        msgspec.json.encode({"event_type": "payment_success", "user_id": user, "amount": amount, "timestamp": time})
        for user, time, amount in events
    ]
    append(folder / "var" / "topics", TOPIC, [user for user, _, _ in events], payloads, lambda: published_ms)


def spent(path: str) -> list[float | None]:
    return pl.read_parquet(path).get_column("user_spent_1d").to_list()


def record(shop: Path, user: str, spent: float, published_ms: int) -> None:
    """Writes a row of a user to the feature topic, published at a time (ms)."""
    row = {"user_id": user, "as_of": published_ms, "seq": 1, "gone": False, "warming": None, "user_spent_1d": spent}
    append(
        shop / "var" / "topics",
        "persistent://public/default/feature-user",
        [user],
        [msgspec.json.encode(row)],
        lambda: published_ms,
    )


def estimate_in(output: str) -> dict[str, str]:
    """Parses the lines that `--estimate` prints: name and text."""
    return dict(re.findall(r"^(\S.*?) {2,}(\S.*?) *$", output, re.MULTILINE))
