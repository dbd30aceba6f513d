"""Tests the noted duration of a start in a real Redis, and the cost of a restart in a plan."""

import json
import shutil
import time
from pathlib import Path

import psutil
import pytest
import redis

from dataflows.runtime.process.start_duration import last_start, note_start, process_age, start_key
from tests.support.programs.command_line import headrace, home
from tests.support.services.redis_server import RedisServer

SLACK_S = 1.5
"""The start of a process is known to the second: it counts from the start of the system."""


def test_a_process_knows_how_old_it_is() -> None:
    created, before = psutil.Process().create_time(), time.time()
    age = process_age()
    assert age is not None
    assert before - created - SLACK_S < age < time.time() - created + SLACK_S


def test_the_start_is_noted_and_read(redis_server: RedisServer) -> None:
    client, prefix = redis.Redis.from_url(redis_server.url), f"start{time.time_ns()}"
    assert last_start(client, prefix) is None
    note_start(client, prefix)
    noted, age = last_start(client, prefix), process_age()
    assert noted is not None
    assert age is not None
    assert 0 < noted < age + 0.001 < noted + 60


@pytest.mark.long
def test_a_plan_says_what_a_restart_costs(
    redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with home(tmp_path / "planned", monkeypatch) as specs:
        file, prefix = specs / "user" / "user_spent_1d.yaml", f"start{time.time_ns()}"
        shutil.copytree(specs, tmp_path / "before")
        file.write_text(file.read_text().replace("value: amount", "value: amount * 2"))
        monkeypatch.setenv("HEADRACE_REDIS_URL", redis_server.url)
        monkeypatch.setenv("HEADRACE_REDIS_PREFIX", prefix)
        redis.Redis.from_url(redis_server.url).set(start_key(prefix), "4.25")
        plan = ("plan", "--against", str(tmp_path / "before"), "--with-cost")
        words, facts = headrace(*plan).output, json.loads(headrace(*plan, "--json").stdout)
    assert "a restart takes about 4.2 s, like the last start" in words
    assert facts["cost"]["restart_s"] == 4.25
