"""Tests replays as jobs: killed, out of disk, twice at once or by several processes, they leave the same rows."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dataflows.history.jobs import FORMAT
from tests.support.generators.seeds import fresh_seed
from tests.support.programs.command_line import headrace
from tests.support.programs.killed_runs import kill_after_writing, kill_at_random
from tests.support.programs.replayed_payments import (
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
    kill_after_writing("job.json", ["replay", "--out", str(tmp_path / "rows")])
    (job,) = noted.glob("*/job.json")
    job.write_text(json.dumps({**json.loads(job.read_text()), "headrace": "0.0.1"}))
    again = replay("--out", str(tmp_path / "rows"))
    assert f"was started by headrace 0.0.1 (files of format {FORMAT}); starting over" in " ".join(again.stderr.split())
    assert again.returncode == 0
    assert rows_of(tmp_path / "rows").height >= 100


def test_into_another_store_it_is_another_replay(specs: Path, tmp_path: Path) -> None:
    """A stopped replay is resumed only into the store that it has written to."""
    events = spend(random.Random(14), 500, 20)
    publish(events)
    kill_after_writing("job.json", ["replay"])
    other = replay(HEADRACE_REDIS_PREFIX="other")
    assert (other.returncode, "resuming the stopped replay" in other.stderr) == (0, False), other.stderr
    first = replay()
    assert (first.returncode, "resuming the stopped replay" in first.stderr) == (0, True), first.stderr


def test_what_redis_loses_meanwhile_is_written_again(specs: Path, tmp_path: Path) -> None:
    """A replay is killed when all its rows are in Redis, before those of the topics, and resumes with an empty
    Redis."""
    events = spend(random.Random(15), 2_000, 40)
    publish(events)
    server = RedisServer(tmp_path / "redis", kept=False).start()
    try:
        settings = {"HEADRACE_REDIS_URL": server.url}
        assert replay(**settings).returncode == 0
        whole = server.client().keys("headrace:*")
        kill_after_writing("store.complete", ["replay", "--topics"], settings)
        server.kill()
        server.start()
        resumed = replay("--topics", **settings)
        assert resumed.returncode == 0, resumed.stderr
        assert "Redis was emptied or restarted since the replay began" in " ".join(resumed.stderr.split())
        assert sorted(server.client().keys("headrace:*")) == sorted(whole)
        assert len(whole) >= 40
    finally:
        server.kill()


def test_two_processes_write_what_one_does(specs: Path, tmp_path: Path) -> None:
    """Refusals are counted equally, and the store ends with the same rows."""
    events = spend(random.Random(13), 3_000, 60)
    publish([*events, Payment("u1", 1.0, START)._replace(event_type="")])
    frames, summaries = [], []
    for processes in ("1", "2"):
        out = tmp_path / f"rows-{processes}"
        replayed = replay("--out", str(out), "--processes", processes, HEADRACE_BATCH_ROWS="100")
        assert replayed.returncode == 0, replayed.stderr
        frames.append(rows_of(out))
        summaries.append([line.split(" in ")[0] for line in replayed.stderr.splitlines() if line.startswith("re")])
    assert frames[0].equals(frames[1])
    assert summaries[0] == summaries[1]
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
    usual_s = time.monotonic() - begun
    command = [sys.executable, "-m", "cli.main", "replay", "--out", str(tmp_path / "killed")]
    kill_at_random(command, settings, usual_s, rng, runs=5)
    assert replay("--out", str(tmp_path / "killed"), **settings).returncode == 0
    assert rows_of(tmp_path / "killed").equals(rows_of(tmp_path / "whole")), f"{seed=}"
