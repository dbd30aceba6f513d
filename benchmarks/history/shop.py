"""Fills topics with the demo shop's past, and writes questions about its users and items."""

from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from benchmarks.history.events import HistoryFiles
from connectors.demo.traffic import Generator, Traffic
from connectors.embedded.topics import append

SHIPPED = Path(__file__).resolve().parents[2] / "feature_specs"
NOW, PAST_MS = 1_780_000_000_000, 40 * 86_400_000
SEED = 17


def fill(topics: Path, files: HistoryFiles, questions: int, events: int) -> None:
    """Publishes `events` events of 40 days, and writes a spine drawn from their users and items at any time in those
    days."""
    chance, orders = np.random.default_rng(SEED), list[dict[str, object]]()
    traffic = Traffic(history_ms=PAST_MS, history_events=events)
    for topic, sent in Generator(traffic).history(NOW):
        append(topics, topic, sent.keys, sent.payloads, lambda: NOW)
        if topic == traffic.order_topic:
            orders += _decoded(sent.payloads)
    drawn = [orders[place] for place in chance.integers(0, len(orders), questions)]
    ids = {name: pl.Series([order.get(name) for order in drawn], dtype=pl.String) for name in ("user_id", "item_id")}
    times = NOW - PAST_MS + chance.integers(0, PAST_MS, questions)
    files.folder.mkdir(parents=True, exist_ok=True)
    pl.DataFrame({**ids, "time": times}).write_parquet(files.spine(questions))


def _decoded(payloads: list[bytes]) -> list[dict[str, object]]:
    """Returns the decoded payloads without the truncated ones, which the demo contains as a real topic does."""
    events = list[dict[str, object]]()
    for payload in payloads:
        try:
            events.append(msgspec.json.decode(payload, type=dict[str, object]))
        except msgspec.DecodeError:
            continue
    return events
