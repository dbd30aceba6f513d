"""Tests `headrace replay` as a user runs it: two partitions, parts of history, late events, kill -9 at random
points."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from dataflows.history.jobs import FORMAT
from tests.support.generators.seeds import fresh_seed
from tests.support.programs.command_line import headrace, home, lines_of
from tests.support.programs.replayed_payments import (
    DAY,
    MINUTE,
    START,
    Payment,
    assert_right,
    publish,
    replay,
    rows_of,
    spend,
    spent,
)
from tests.support.services.redis_server import RedisServer


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with home(tmp_path, monkeypatch) as folder:
        yield folder


def test_rows_are_right_over_partitions_and_the_same_at_every_batch_size(specs: Path, tmp_path: Path) -> None:
    events = spend(random.Random(7), 600, 9)
    publish(events)
    assert len(list((tmp_path / "var/topics/public/default/raw-order-events").glob("*/*.jsonl"))) > 1
    frames = []
    for size in ("7", "20000"):
        out = tmp_path / f"rows-{size}"
        replayed = replay("--out", str(out), HEADRACE_BATCH_ROWS=size)
        assert replayed.returncode == 0, replayed.stderr
        frames.append(rows_of(out))
    assert_right(frames[0], events)
    assert frames[0].equals(frames[1])
    assert set(frames[0]["_as_of"]) >= {event.timestamp + 1 for event in events}
    assert not list((tmp_path / "var/history").glob("*/job.json"))


def test_redis_gets_one_row_of_each_entity_and_topics_nothing_unless_told(specs: Path, tmp_path: Path) -> None:
    events = spend(random.Random(8), 300, 5)
    publish(events)
    assert replay().returncode == 0
    assert lines_of(tmp_path / "var", "feature-user") == ""
    newest = max(event.timestamp for event in events)
    for user in {event.user_id for event in events}:
        value = json.loads(headrace("get", "user", user, "--json").stdout)
        assert value["features"]["user_spent_1d"] == spent(events, user, min(value["as_of"], newest + 1))
    assert replay("--topics").returncode == 0
    records = [json.loads(line)["v"] for line in lines_of(tmp_path / "var", "feature-user").splitlines()]
    assert all(row["user_spent_1d"] == spent(events, row["user_id"], row["as_of"]) for row in records)
    assert len(records) > len(events)


def test_a_part_of_history(specs: Path, tmp_path: Path) -> None:
    events = spend(random.Random(9), 400, 5)
    publish(events)
    first, end = START + 2 * DAY, START + 4 * DAY
    assert replay("--out", str(tmp_path / "all")).returncode == 0
    done = replay(
        "--from", "2026-01-03", "--to", str(end), "--features", "user_spent_1d", "--out", str(tmp_path / "part")
    )
    assert done.returncode == 0, done.stderr
    whole, part = rows_of(tmp_path / "all"), rows_of(tmp_path / "part")
    within = whole.filter((pl.col("_as_of") > first) & (pl.col("_as_of") <= end))
    assert part.drop("_seq").equals(within.drop("_seq"))
    assert part.height > 50
    assert "rows after 2026-01-03T00:00:00.000Z\nevents before 2026-01-05T00:00:00.000Z\n" in done.stderr
    beside = replay("--to", "2026-01-03", "--out", str(tmp_path / "part"))
    assert "also holds 2 days that another replay wrote, user/day=2026-01-04 first" in beside.stderr


TWICE = """
feature_name: user_spent_twice
version: 1
owner: shop@example.com
description: "Twice what the user paid in the last day"
value_type: DOUBLE
entity_id: user_id
topic_name: "persistent://public/default/feature-user"
expression: "user_spent_1d * 2"
"""
MODEL = """
set_name: model
version: 1
owner: shop@example.com
description: "What a model reads"
features: [user_spent_twice]
"""


def test_a_feature_set_has_its_features_and_not_those_they_are_derived_from(specs: Path, tmp_path: Path) -> None:
    (specs / "user" / "user_spent_twice.yaml").write_text(TWICE)
    (specs / "sets").mkdir()
    (specs / "sets" / "model.yaml").write_text(MODEL)
    events = spend(random.Random(10), 100, 3)
    publish(events)
    done = replay("--set", "model", "--out", str(tmp_path / "rows"))
    assert done.returncode == 0, done.stderr
    rows = rows_of(tmp_path / "rows")
    assert [name for name in rows.columns if not name.startswith("_")] == ["user_spent_twice"]
    assert_right(rows.with_columns(user_spent_1d=pl.col("user_spent_twice") / 2), events)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--from", "yesterday"], "'yesterday' is neither a time nor a position"),
        (["--from", "2026-02-01", "--to", "2026-01-01"], "--from 2026-02-01 is not before --to 2026-01-01"),
        (["--to", "20260101"], "20260101 is 1970-01-01T05:37:40.101Z in ms since 1970"),
        (["--to", "orders/9@3"], "orders/9 is not a partition of a source to read; known: orders/0"),
        (["--to", "orders@3"], "'orders@3' is not a position"),
        (["--to", "orders/0@abc"], "orders/0@abc is not a position of its topic; expected one such as"),
        (["--from", "orders/0@1"], "orders/0@1 is no longer or not yet in the topic; expected a position from 0 to 0"),
        (["--set", "model", "--out", "rows"], "unknown feature set 'model'"),
        (["--features", ",", "--out", "rows"], "',' contains no feature"),
        (["--out", "/proc/none/rows"], "/proc/none/rows: the folder cannot be created"),
        (["--features", "user_spent_1d"], "--features and --set need --out"),
        (["--features", "user_spend_1d", "--out", "x"], "unknown feature 'user_spend_1d'; did you mean user_spent_1d?"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(
    specs: Path, tmp_path: Path, arguments: list[str], complaint: str
) -> None:
    done = replay(*arguments)
    assert done.returncode == 2, done.stderr
    assert complaint in " ".join(done.stderr.split())
    assert not list((tmp_path / "var" / "history").glob("*"))
    assert "Traceback" not in done.stderr


def test_late_events_count_unless_they_are_refused(specs: Path, tmp_path: Path) -> None:
    """Published now: events of January are late by months, those of just now are not."""
    now = int(time.time() * 1000)
    publish([Payment("u1", 1.0, START), Payment("u1", 1.0, now - MINUTE)])
    assert replay("--out", str(tmp_path / "all")).returncode == 0
    refused = replay("--out", str(tmp_path / "live"), "--late", "refuse")
    assert refused.returncode == 0, refused.stderr
    assert "rejected from orders: 1 late" in refused.stderr
    assert min(rows_of(tmp_path / "all")["_as_of"]) == START + 1
    assert min(rows_of(tmp_path / "live")["_as_of"]) == now - MINUTE + 1


def test_a_full_disk_is_one_line_and_the_same_command_goes_on(specs: Path, tmp_path: Path) -> None:
    events = spend(random.Random(10), 20_000, 40)
    publish(events)
    limited = f"ulimit -f 64; exec {sys.executable} -m cli.main replay --out {tmp_path / 'rows'}"
    full = subprocess.run(["bash", "-c", limited], capture_output=True, text=True, timeout=120, check=False)
    assert (full.returncode, "Traceback" in full.stderr) == (5, False), full.stderr
    assert "File too large" in full.stderr.splitlines()[-1]
    assert replay("--out", str(tmp_path / "rows")).returncode == 0
    assert_right(rows_of(tmp_path / "rows").sample(200, seed=1), events)


def test_two_of_one_command_do_not_share_a_job(specs: Path, tmp_path: Path) -> None:
    publish(spend(random.Random(11), 20_000, 40))
    command = [sys.executable, "-m", "cli.main", "replay", "--out", str(tmp_path / "rows")]
    with subprocess.Popen(command, env=os.environ, stderr=subprocess.PIPE, text=True) as first:
        assert first.stderr is not None
        while not first.stderr.readline().startswith("orders: "):
            assert first.poll() is None
        first.send_signal(signal.SIGSTOP)
        second = replay("--out", str(tmp_path / "rows"))
        first.send_signal(signal.SIGCONT)
        assert first.wait(120) == 0
    assert second.returncode == 1
    assert "is in use by another headrace run (process " in second.stderr
    assert "Traceback" not in second.stderr


def test_a_job_of_another_version_is_begun_anew(specs: Path, tmp_path: Path) -> None:
    publish(spend(random.Random(12), 100, 4))
    noted = tmp_path / "var/history"
    begun = subprocess.Popen([sys.executable, "-m", "cli.main", "replay", "--out", str(tmp_path / "rows")])
    while not (jobs := list(noted.glob("*/job.json"))):
        assert begun.poll() is None
        time.sleep(0.01)
    begun.kill()
    begun.wait()
    jobs[0].write_text(json.dumps({**json.loads(jobs[0].read_text()), "headrace": "0.0.1"}))
    again = replay("--out", str(tmp_path / "rows"))
    assert f"was started by headrace 0.0.1 (files of format {FORMAT}); starting over" in " ".join(again.stderr.split())
    assert again.returncode == 0
    assert rows_of(tmp_path / "rows").height >= 100


def test_into_another_store_it_is_another_replay(specs: Path, tmp_path: Path) -> None:
    """A stopped replay is resumed only into the store that it has written to."""
    events = spend(random.Random(14), 500, 20)
    publish(events)
    begun = subprocess.Popen([sys.executable, "-m", "cli.main", "replay"], env=os.environ)
    while not list((tmp_path / "var/history").glob("*/job.json")):
        assert begun.poll() is None
        time.sleep(0.01)
    begun.kill()
    begun.wait()
    other = replay(HEADRACE_REDIS_PREFIX="other")
    assert (other.returncode, "resuming the stopped replay" in other.stderr) == (0, False), other.stderr
    first = replay()
    assert (first.returncode, "resuming the stopped replay" in first.stderr) == (0, True), first.stderr


def test_what_redis_loses_meanwhile_is_written_again(specs: Path, tmp_path: Path) -> None:
    """A replay is killed when all its rows are in Redis, and resumes with an empty Redis."""
    events = spend(random.Random(15), 2_000, 40)
    publish(events)
    server = RedisServer(tmp_path / "redis", kept=False).start()
    try:
        settings = {"HEADRACE_REDIS_URL": server.url}
        assert replay(**settings).returncode == 0
        whole = server.client().keys("headrace:*")
        killed_behind_the_store(tmp_path / "var" / "history", settings)
        server.kill()
        server.start()
        resumed = replay("--topics", **settings)
        assert resumed.returncode == 0, resumed.stderr
        assert "Redis was emptied or restarted since the replay began" in " ".join(resumed.stderr.split())
        assert sorted(server.client().keys("headrace:*")) == sorted(whole)
        assert len(whole) >= 40
    finally:
        server.kill()


def killed_behind_the_store(jobs: Path, settings: dict[str, str]) -> None:
    """Kills a replay after it has written its rows to Redis and before those to the topics."""
    command = [sys.executable, "-m", "cli.main", "replay", "--topics"]
    with subprocess.Popen(command, env=os.environ | settings) as running:
        while not list(jobs.glob("*/store.complete")):
            assert running.poll() is None
            time.sleep(0.005)
        running.kill()


def test_two_processes_write_what_one_does(specs: Path, tmp_path: Path) -> None:
    """Refusals are counted equally, and the store ends with the same rows."""
    events = spend(random.Random(13), 3_000, 60)
    publish([*events, Payment("u1", 1.0, START)._replace(event_type="")])
    frames, said = [], []
    for processes in ("1", "2"):
        out = tmp_path / f"rows-{processes}"
        replayed = replay("--out", str(out), "--processes", processes, HEADRACE_BATCH_ROWS="100")
        assert replayed.returncode == 0, replayed.stderr
        frames.append(rows_of(out))
        said.append([line.split(" in ")[0] for line in replayed.stderr.splitlines() if line.startswith("re")])
    assert frames[0].equals(frames[1])
    assert said[0] == said[1]
    assert not list((tmp_path / "var/history").glob("*/job.json"))
    assert replay("--processes", "2").returncode == 0
    newest = max(event.timestamp for event in events)
    for user in sorted({event.user_id for event in events})[:5]:
        value = json.loads(headrace("get", "user", user, "--json").stdout)
        assert value["features"]["user_spent_1d"] == spent(events, user, min(value["as_of"], newest + 1))


@pytest.mark.parametrize("processes", ["1", "2"])
def test_kill_and_resume_give_the_same_rows(specs: Path, tmp_path: Path, processes: str) -> None:
    """Killed at random points until one run completes; the result equals that of an undisturbed run."""
    seed = fresh_seed()
    rng = random.Random(seed)
    events = spend(rng, 4_000, 40)
    publish(events)
    settings = {"HEADRACE_BATCH_ROWS": "50", "HEADRACE_HISTORY_PROCESSES": processes}
    begun = time.monotonic()
    assert replay("--out", str(tmp_path / "whole"), **settings).returncode == 0
    usual, kills = time.monotonic() - begun, 0
    command = [sys.executable, "-m", "cli.main", "replay", "--out", str(tmp_path / "killed")]
    for _ in range(5):
        with subprocess.Popen(command, env=os.environ | settings, stderr=subprocess.PIPE, text=True) as running:
            try:
                running.wait(usual * (0.4 + 0.5 * rng.random()))
            except subprocess.TimeoutExpired:
                running.send_signal(signal.SIGKILL)
                kills += 1
    assert kills, f"{seed=}: every run was over before it could be killed"
    assert replay("--out", str(tmp_path / "killed"), **settings).returncode == 0
    assert rows_of(tmp_path / "killed").equals(rows_of(tmp_path / "whole")), f"{seed=}"
