"""Tests `examples/fraud_model.py` as its readers run it: on four weeks of the demo shop, archived and replayed into
Redis."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.handlers.run import NO_FAULTS
from cli.topics.demo_past import fill_past
from connectors.demo import Generator, Traffic
from connectors.embedded.topics import append
from tests.support.paths import ROOT
from tests.support.services.redis_server import RedisServer

pytestmark = pytest.mark.e2e  # it runs whole programs

DAY = 86_400_000
SHOP = Traffic(seed=3, history_ms=28 * DAY, history_events=30_000, faults=NO_FAULTS)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def example(redis: RedisServer) -> subprocess.CompletedProcess[str]:
    return run("-W", "error", "examples/fraud_model.py", "--store", redis.url)


@pytest.fixture
def shop(tmp_path: Path, own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> RedisServer:
    """Sets up a small shop with a past; returns its Redis."""
    for name in [name for name in os.environ if name.startswith("HEADRACE_")]:
        monkeypatch.delenv(name)
    for name, value in {"VAR": tmp_path, "ARCHIVE": tmp_path / "archive", "REDIS_URL": own_redis.url}.items():
        monkeypatch.setenv(f"HEADRACE_{name}", str(value))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    now = time.time_ns() // 1_000_000
    fill_past(tmp_path / "topics", Generator(SHOP), now)
    append(tmp_path / "topics", SHOP.order_topic, ["u1"], [b'{"event_type":"refund","user_id":"u1'], lambda: now)
    assert run("-m", "cli.main", "archive").returncode == 0
    return own_redis


def test_a_model_is_served_what_it_was_trained_on(shop: RedisServer) -> None:
    replayed = run("-m", "cli.main", "replay")
    assert replayed.returncode == 0, replayed.stderr
    equal = example(shop)
    assert equal.returncode == 0, equal.stdout + equal.stderr
    assert len(re.findall(r"^│ (?:user|item)_\w+ +┆ [1-9]\d* +┆ 0 +┆ 0 +│$", equal.stdout, re.MULTILINE)) == 12
    assert re.search(r"^([\d,]+) of \1 served values equal", equal.stdout, re.MULTILINE)
    (auc,) = map(float, re.findall(r"AUC (0\.\d+)", equal.stdout))
    assert 0.52 < auc < 0.9

    store = shop.client()
    for key in store.scan_iter("headrace:user:*"):
        store.hincrby(key, "user_payments_30d", 1)
    different = example(shop)
    assert different.returncode == 1, different.stderr
    assert re.search(r"user_payments_30d +┆ (\d+) +┆ \1 +┆ 0 ", different.stdout)
    assert re.search(r"│ user_payments_30d +┆ u\d+ +┆ \d+ +┆ (\d+) +┆ (?!\1 )\d+ +│", different.stdout)


def test_without_an_archive_the_command_that_makes_one_is_named(tmp_path: Path) -> None:
    missing = run("examples/fraud_model.py", "--archive", str(tmp_path / "none"))
    assert missing.returncode == 2
    assert f"HEADRACE_ARCHIVE={tmp_path / 'none'} headrace archive" in missing.stderr
