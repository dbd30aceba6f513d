"""Tests `headrace dataset --every`: memory does not grow with the number of times at which every entity is asked
about."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import polars as pl
import pytest

from connectors.embedded.topics import append
from dataflows.history import shards_of
from dataflows.history.job import SHARDS
from tests.support.factories.datasets import DAY, NOON, order, shop_definitions

ENTITIES, EVENTS, GROWTH_MB = 24, 2_000, 150
FEW, MANY = 4_000, 48_000
"""Ticks: together with the entities, which share a shard, far fewer and far more than are answered at once."""
RUN = """
import sys
from pathlib import Path
from cli.entry import main
try:
    main()
finally:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(line.split()[1])
"""


def of_one_shard() -> Iterator[str]:
    ids = pl.Series([f"u{number}" for number in range(ENTITIES * SHARDS * 3)])
    yield from ids.filter(pl.Series(shards_of(ids, SHARDS) == 5))[:ENTITIES]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    shop_definitions(tmp_path / "specs")
    ids = list(of_one_shard())
    events = [order(ids[number % ENTITIES], NOON + number * 40_000, 1.0)[1] for number in range(EVENTS)]
    topic = "persistent://public/default/raw-order-events"
    append(
        tmp_path / "var" / "topics", topic, ["k"] * EVENTS, list(map(msgspec.json.encode, events)), lambda: NOON + DAY
    )
    return tmp_path


SETTINGS = {"HEADRACE_SPECS": "specs", "HEADRACE_VAR": "var"}


def peak_mb(shop: Path, ticks: int) -> float:
    """Returns the peak of the command alone, which writes as many rows as there are ticks and entities."""
    out = shop / f"{ticks}.parquet"
    last = NOON + DAY + (ticks - 1) * 1_000
    asked = f"--entity user_id --every 1s --from {NOON + DAY} --to {last}".split()
    process = subprocess.run(
        [sys.executable, "-c", RUN, "dataset", *asked, "--out", str(out)],
        cwd=shop,
        env={**os.environ, **SETTINGS, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    rows = pl.scan_parquet(out).select(pl.len()).collect().item()
    assert rows == ticks * ENTITIES, process.stderr
    return int(process.stdout.split()[-1]) / 1024


def test_twelve_times_as_many_questions_take_as_much_memory(shop: Path) -> None:
    few, many = peak_mb(shop, FEW), peak_mb(shop, MANY)
    assert many - few < GROWTH_MB, f"{few:.0f} MB for {FEW:,} ticks, {many:.0f} MB for {MANY:,}"
