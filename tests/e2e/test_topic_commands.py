"""Tests commands that send, replay and run: embedded topics, a real embedded Redis, the real dataflow."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from cli.handlers.publish import key_of
from cli.shutdown import StopSignal
from cli.supervision.lock import hold_folder
from cli.topics.progress import ReadPosition
from connectors.messages import RawBatch
from connectors.redis.client import connect
from tests.support.clock import FakeClock
from tests.support.programs.command_line import headrace, home, lines_of


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with home(tmp_path, monkeypatch) as folder:
        yield folder


def test_publish_sends_lines_as_they_are(specs: Path, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text('{"user_id": "u1", "amount": 1}\n\nbroken {\n{"user_id": null}\n')
    result = headrace("publish", "orders", str(events), "--key", "user_id")
    assert result.exit_code == 0, result.output
    assert "sent 3 messages to persistent://public/default/raw-order-events" in result.output
    stored = lines_of(tmp_path / "var", "raw-order-events")
    assert stored.count("\n") == 3
    assert "broken {" in stored


def test_publish_reads_standard_input(specs: Path, tmp_path: Path) -> None:
    assert headrace("publish", "orders", stdin='{"a": 1}\n').exit_code == 0
    assert lines_of(tmp_path / "var", "raw-order-events").count("\n") == 1


def test_publish_names_a_missing_file(specs: Path) -> None:
    result = headrace("publish", "orders", "nowhere.jsonl")
    assert result.exit_code == 2
    assert "nowhere.jsonl" in result.output


def test_a_key_is_text_whatever_it_was() -> None:
    assert [key_of(line, "id") for line in (b'{"id": 7}', b'{"id": true}', b"[1]")] == ["7", "True", ""]


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """Lets the time of `headrace traffic` pass only while it sleeps."""
    clock = FakeClock(time.time_ns() // 1_000_000)

    def sleep(stop: StopSignal, seconds: float) -> None:
        clock.ms += round(seconds * 1000)

    monkeypatch.setattr(StopSignal, "sleep", sleep)
    monkeypatch.setattr("cli.handlers.traffic.now_ms", clock)
    monkeypatch.setattr("cli.handlers.traffic.time", SimpleNamespace(monotonic=lambda: clock.ms / 1000))
    return clock


@pytest.mark.usefixtures("second")
def test_traffic_sends_history_and_then_the_rate(specs: Path, tmp_path: Path) -> None:
    result = headrace("traffic", "--history", "1d", "--history-events", "300", "--rate", "200", "--seconds", "1")
    assert result.exit_code == 0, result.output
    sent = lines_of(tmp_path / "var", "raw-order-events") + lines_of(tmp_path / "var", "raw-login-events")
    assert 400 <= sent.count("\n") <= 560
    assert "sent" in result.output


@pytest.mark.usefixtures("second")
def test_traffic_goes_where_the_source_reads(specs: Path, tmp_path: Path) -> None:
    source = specs / "sources" / "orders.yaml"
    source.write_text(source.read_text().replace("raw-order-events", "elsewhere"))
    result = headrace("traffic", "--rate", "300", "--seconds", "0.5")
    assert "public/default/elsewhere" in result.output
    assert lines_of(tmp_path / "var", "elsewhere")
    assert not lines_of(tmp_path / "var", "raw-order-events")


def test_traffic_explains_a_length_of_time(specs: Path) -> None:
    result = headrace("traffic", "--history", "soon")
    assert result.exit_code == 2
    assert "30s, 5m, 24h, 7d" in result.output


def test_a_broker_that_is_away_is_one_clear_line(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_PULSAR_URL", "pulsar://127.0.0.1:1")
    monkeypatch.setattr("cli.topics.publisher.PATIENCE_S", 1.0)
    result = headrace("publish", "orders", stdin="{}\n")
    assert result.exit_code == 3
    assert "broker" in result.output


def test_a_replay_ends_by_itself_with_the_features_in_redis(specs: Path) -> None:
    now = int(time.time() * 1000)
    paid = {"event_type": "payment_success", "user_id": "u1", "amount": 2.5}
    events = [*(paid | {"timestamp": now - ago} for ago in (9, 5, 1)), {"broken": 1}]
    assert headrace("publish", "orders", stdin="\n".join(map(json.dumps, events))).exit_code == 0
    replayed = run_headrace("replay")
    assert replayed.returncode == 0, replayed.stderr
    assert "replayed 4 events" in replayed.stderr
    assert "rejected from orders: 1 missing_field (dead letters in persistent://" in replayed.stderr
    answer = json.loads(headrace("get", "user", "u1", "--json").stdout)
    assert answer["features"] == {"user_spent_1d": 7.5}
    assert answer["as_of"] == now


def test_a_replay_judges_when_it_is_told_to(specs: Path, tmp_path: Path) -> None:
    """Orders of two users on two days: two intervals of a day, each with its rows."""
    day_ms = 86_400_000
    first = (int(time.time() * 1000) - 3 * day_ms) // day_ms * day_ms
    paid = {"event_type": "payment_success", "amount": 2.5}
    events = [
        paid | {"user_id": f"u{offset}", "timestamp": first + offset} for offset in (1_000, 2_000, day_ms + 1_000)
    ]
    assert headrace("publish", "orders", stdin="\n".join(map(json.dumps, events))).exit_code == 0
    replayed = run_headrace("replay", "--quality", HEADRACE_QUALITY_INTERVAL="86400")
    assert replayed.returncode == 0, replayed.stderr
    lines = [json.loads(line)["v"] for line in lines_of(tmp_path / "var", "headrace-quality").splitlines()]
    days = {line["start_ms"]: line["summary"]["rows"] for line in lines if "subject" in line}
    assert set(days) >= {first, first + day_ms}
    assert all(days[start] for start in (first, first + day_ms))


def run_headrace(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Runs in a separate process, as a user does: a replay takes over the signals."""
    command = [sys.executable, "-m", "cli.main", *arguments]
    environment = os.environ | settings
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment)


def test_a_run_serves_features_while_traffic_comes_and_drains_on_sigterm(specs: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cli.main", "run", "--plain", "--rate", "300"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        served = wait_for_a_user(tmp_path / "var")
        os.kill(running.pid, signal.SIGTERM)
        out, err = running.communicate(timeout=240)
    assert running.returncode == 0, err
    assert served["features"]["user_spent_1d"] != 0
    assert "drained and stopped in" in err
    assert re.search(r"events/s orders \d+", out)


def wait_for_a_user(var: Path) -> dict[str, dict[str, float]]:
    """Returns the features of some user who spent something today, as soon as there is one.

    Kernels may have to be compiled first, and the run begins with a history, in which users come and go.
    """
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        with connect(None, var) as client:
            keys = list(client.scan_iter("headrace:user:*"))
        for key in keys[:5]:
            of_key = headrace("get", "user", key.decode().removeprefix("headrace:user:"), "--json")
            answer: dict[str, dict[str, float]] = json.loads(of_key.stdout) if of_key.exit_code == 0 else {}
            if answer and answer["features"]["user_spent_1d"]:
                return answer
        time.sleep(0.5)
    pytest.fail("no features after four minutes")


def test_a_second_run_in_a_folder_is_refused(specs: Path, tmp_path: Path) -> None:
    with hold_folder(tmp_path / "var"):
        refused = headrace("run")
    assert refused.exit_code == 1
    assert f"process {os.getpid()}" in refused.output


def test_a_position_moves_by_publish_time() -> None:
    position = ReadPosition()
    assert position.share(1_000) == 0.0
    position.advance(RawBatch("0", [b"a", b"b"], 100, 325, str))
    assert (position.rows, position.share(1_000)) == (2, 0.25)
    position.advance(RawBatch("0", [], 0, 0, str, ended=True))
    assert position.share(1_000) == 1.0
