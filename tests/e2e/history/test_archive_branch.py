"""Tests the archive beside features in a live run: it archives, survives kill -9, and stops nothing when it fails."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import redis

from connectors.embedded.topics import append
from tests.support.paths import ROOT
from tests.support.programs.worker import TOPIC, Worker
from tests.support.waiting import await_that

DAY = 86_400_000


@pytest.fixture
def worker(tmp_path: Path, redis_url: str) -> Worker:
    prefix = tmp_path.name.replace("_", "-")
    settings = {
        "HEADRACE_REDIS_URL": redis_url,
        "HEADRACE_REDIS_PREFIX": prefix,
        "HEADRACE_ARCHIVE": str(tmp_path / "archive"),
        "HEADRACE_ARCHIVE_SECONDS": "1",
    }
    return Worker(tmp_path, settings).made()


def sell_days_ago(worker: Worker, days: int, count: int) -> None:
    """Publishes orders of a past day."""
    published = time.time_ns() // 1_000_000 - days * DAY
    rows = [b'{"event_type":"payment_success","user_id":"old","amount":1.0,"timestamp":%d}' % published] * count
    append(worker.var / "topics", TOPIC, ["old"] * count, rows, published.__int__)


def spent(worker: Worker, user: str) -> Callable[[], bool]:
    client = redis.Redis.from_url(worker.settings["HEADRACE_REDIS_URL"])
    key = f"{worker.settings['HEADRACE_REDIS_PREFIX']}:user:{user}"
    return lambda: bool(client.hexists(key, "user_spent_1d"))


def archived(worker: Worker) -> list[str]:
    """Returns the first and end row of each file."""
    return sorted("-".join(file.stem.split("-")[2:]) for file in (worker.folder / "archive").rglob("*.parquet"))


def are_archived(worker: Worker, *files: str) -> Callable[[], bool]:
    """Looks whether these files are in the archive and no others; once another day has begun, also those of today."""
    today = time.time_ns() // 1_000_000 // DAY

    def look() -> bool:
        present, expected = archived(worker), list(files)
        return present == expected or (time.time_ns() // 1_000_000 // DAY > today and present[: len(files)] == expected)

    return look


def test_days_that_are_over_are_archived_beside_the_features(worker: Worker) -> None:
    both = are_archived(worker, "0-200", "200-300")
    sell_days_ago(worker, 3, 200)
    sell_days_ago(worker, 2, 100)
    worker.sell(100)
    process = worker.start()
    worker.until(process, both)
    worker.until(process, spent(worker, "u1"))
    ended = worker.stopped(process)
    assert ended.code == 0, ended.said
    assert not list((worker.folder / "archive").rglob(".part-*"))


def test_a_killed_run_goes_on_where_the_files_end(worker: Worker) -> None:
    sell_days_ago(worker, 3, 200)
    process = worker.start()
    worker.until(process, lambda: archived(worker) == ["0-200"])
    sell_days_ago(worker, 2, 100)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    process = worker.start()
    worker.until(process, lambda: archived(worker) == ["0-200", "200-300"])
    assert worker.stopped(process).code == 0


def test_an_archive_that_fails_stops_no_feature(worker: Worker) -> None:
    (worker.folder / "archive").write_bytes(b"")
    sell_days_ago(worker, 2, 100)
    worker.sell(100)
    process = worker.start()
    worker.until(process, spent(worker, "u1"))
    worker.until(process, lambda: "events of orders are not archived" in worker.log.read_text())
    ended = worker.stopped(process)
    assert ended.code == 0, ended.said
    assert not any("Traceback" in line for line in ended.said)


@pytest.fixture
def silent_s3() -> Iterator[dict[str, str]]:
    """Yields the settings of an S3 that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield {
            "HEADRACE_ARCHIVE": "s3://bucket/archive",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{listening.getsockname()[1]}",
            "AWS_ACCESS_KEY_ID": "id",
            "AWS_SECRET_ACCESS_KEY": "canary",
            "AWS_DEFAULT_REGION": "us-east-1",
        }


def test_a_store_that_never_answers_holds_up_no_feature_and_no_end(worker: Worker, silent_s3: dict[str, str]) -> None:
    worker.settings |= silent_s3
    worker.sell(100)
    process = worker.start()
    worker.until(process, spent(worker, "u1"))
    worker.sell(10, 1_000)
    ended = worker.stopped(process)
    assert ended.code == 0, ended.said
    assert not any("Traceback" in line for line in ended.said)


def test_a_second_signal_ends_a_command_that_waits_for_such_a_store(worker: Worker, silent_s3: dict[str, str]) -> None:
    worker.settings |= silent_s3
    worker.sell(10)
    with subprocess.Popen(
        [sys.executable, "-m", "cli.main", "archive"], cwd=ROOT, env=worker.environment(), stderr=subprocess.PIPE
    ) as process:
        connections = psutil.Process(process.pid).net_connections
        await_that(lambda: any(connection.raddr for connection in connections()))
        while process.poll() is None:  # two that are pending at once are one
            process.send_signal(signal.SIGINT)
            time.sleep(0.5)
        _, stderr = process.communicate(timeout=240)
    assert process.returncode == -signal.SIGINT
    assert b"stopped at once by a second signal" in stderr
    assert b"Traceback" not in stderr


def test_an_archive_comes_and_goes_with_the_setting(worker: Worker) -> None:
    """The recovery store contains steps that no longer exist, and lacks the new ones."""
    address, first = worker.settings.pop("HEADRACE_ARCHIVE"), are_archived(worker, "0-100")
    sell_days_ago(worker, 2, 100)
    for number, setting in enumerate(({}, {"HEADRACE_ARCHIVE": address}, {})):
        worker.settings.pop("HEADRACE_ARCHIVE", None)
        worker.settings |= setting
        users = 10 * (number + 1)
        worker.sell(users, users)
        process = worker.start()
        worker.until(process, spent(worker, f"u{users - 1}"))
        if number:
            worker.until(process, first)
        ended = worker.stopped(process)
        assert ended.code == 0, ended.said


def test_an_address_that_nothing_knows_ends_the_start(worker: Worker) -> None:
    worker.settings["HEADRACE_ARCHIVE"] = "nosuch://host/path"
    worker.sell(10)
    worker.run().expect(2, "nosuch://host/path", "expected a folder or an fsspec URL")
