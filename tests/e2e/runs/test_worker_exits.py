"""Tests how a worker ends in error: one line with a remedy, an exit code, no traceback."""

import pickle
import shutil
import socket
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.embedded.topic_folder import TopicRetention, open_topic
from tests.support.dataflow.recovery_store import snapshots_in
from tests.support.programs.worker import Worker
from tests.support.services.ports import free_port
from tests.support.services.redis_server import RedisServer


@pytest.fixture
def worker(tmp_path: Path, redis_url: str) -> Worker:
    """Provides a worker with a working Redis."""
    settings = {"HEADRACE_REDIS_URL": redis_url, "HEADRACE_REDIS_PREFIX": tmp_path.name.replace("_", "-")}
    return Worker(tmp_path, settings)


def test_a_wrong_password(worker: Worker, tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "own", password="right-4711").start()
    worker.made().settings["HEADRACE_REDIS_URL"] = server.url.replace("right-4711", "wrong-4711")
    worker.sell(10)
    ended = worker.run()
    server.kill()
    ended.expect(3, f"Redis 127.0.0.1:{server.port}", "rejects the user or password", "HEADRACE_REDIS_URL", lines=1)
    assert "4711" not in "".join(ended.said)


def test_a_user_without_permission(worker: Worker, own_redis: RedisServer) -> None:
    own_redis.client().acl_setuser("bob", enabled=True, passwords=["+x"], keys=["other:*"], categories=["+@all"])
    worker.made().settings["HEADRACE_REDIS_URL"] = f"redis://bob:x@127.0.0.1:{own_redis.port}/0"
    worker.sell(10)
    ended = worker.run()
    ended.expect(3, "denies this user the permission", "ACL SETUSER", lines=2)
    assert all(":lease" in line for line in ended.said[:-1])


def test_a_database_that_is_not_there(worker: Worker, redis_server: RedisServer) -> None:
    worker.made().settings["HEADRACE_REDIS_URL"] = redis_server.url.replace("/0", "/99")
    worker.sell(10)
    worker.run().expect(3, "has no database with this number", "HEADRACE_REDIS_URL", lines=1)


def _none(store: Path) -> None:
    shutil.rmtree(store)


def _empty(store: Path) -> None:
    for part in store.iterdir():
        part.unlink()


def _one_missing(store: Path) -> None:
    (store / "part-1.sqlite3").unlink()


def _no_database(store: Path) -> None:
    for part in store.iterdir():
        part.write_bytes(b"no database " * 1_000)


def _no_tables(store: Path) -> None:
    for part in store.glob("*.sqlite3"):
        with sqlite3.connect(part) as database:
            database.execute("DROP TABLE parts")
        database.close()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_none, ["it is not a folder", "python -m bytewax.recovery"]),
        (_empty, ["it holds no recovery partitions", "python -m bytewax.recovery"]),
        (_one_missing, ["partitions are missing: part-1.sqlite3 of 2"]),
        (_no_database, ["part-0.sqlite3 is damaged or not a recovery partition", "file is not a database"]),
        (_no_tables, ["part-0.sqlite3 is damaged or not a recovery partition"]),
    ],
)
def test_a_recovery_store_that_cannot_be_used(worker: Worker, damage: Callable[[Path], None], words: list[str]) -> None:
    worker.made(2)
    damage(worker.store)
    worker.run().expect(4, str(worker.store), *words)


@pytest.mark.parametrize(
    ("snapshot", "said"),
    [(pickle.dumps(b"no snapshot"), "not a snapshot of Headrace"), (b"\x80\x04cut", "a snapshot in it cannot be read")],
)
def test_a_snapshot_that_is_damaged(worker: Worker, snapshot: bytes, said: str) -> None:
    worker.made().sell(100)
    process = worker.start()
    worker.until(process, lambda: _has_snapshots(worker))
    assert worker.stopped(process).code == 0
    with sqlite3.connect(worker.store / "part-0.sqlite3") as database:
        database.execute("UPDATE snaps SET ser_change = ? WHERE step_id LIKE '%windows%'", [snapshot])
    database.close()
    worker.run().expect(4, said)


def _has_snapshots(worker: Worker) -> bool:
    return snapshots_in(worker.store, "%windows%") > 0


def test_a_store_that_cannot_grow(worker: Worker) -> None:
    for topic in ("raw-order-events", "feature-user", "headrace-quality"):  # only the store has large files
        open_topic(worker.var / "topics", topic, TopicRetention(segment_bytes=20_000))
    worker.made().sell(5_000, users=5_000)
    process = worker.start()
    worker.until(process, lambda: _has_snapshots(worker))
    assert worker.stopped(process).code == 0
    worker.largest_file = 50_000 + max(file.stat().st_size for file in worker.folder.rglob("*") if file.is_file())
    process = worker.start()
    while process.poll() is None:  # each snapshot holds every shard touched since the last
        worker.sell(100)
        time.sleep(0.5)
    ended = worker.ended(process)
    ended.expect(5, "recovery store", str(worker.store), "hint: ")


def test_a_folder_that_is_a_file(worker: Worker) -> None:
    worker.made().var.write_text("in the way")
    worker.run().expect(5, str(worker.var), "Not a directory", "expected a folder, found a file", lines=1)


def test_wrong_settings_are_all_told_and_no_secret_is(worker: Worker) -> None:
    worker.settings |= {"HEADRACE_SHARDS": "many", "HEADRACE_REDIS_URL": "http://:canary@host"}
    ended = worker.run()
    ended.expect(2, "2 errors, listed above", lines=3)
    assert "HEADRACE_SHARDS: many; expected a whole number" in ended.said
    assert "canary" not in "".join(ended.said)


def test_a_wrong_definition_is_named(worker: Worker) -> None:
    file = worker.folder / "specs" / "user_spent_1d.yaml"
    file.write_text(file.read_text().replace("version: 1", "version: 0"))
    worker.run().expect(1, f"{file}:", "version: 0", lines=1)


def test_a_hung_redis_holds_up_no_end_and_nothing_is_lost(worker: Worker, own_redis: RedisServer) -> None:
    worker.made().settings["HEADRACE_REDIS_URL"] = own_redis.url
    key = f"{worker.settings['HEADRACE_REDIS_PREFIX']}:user:u0"
    worker.sell(100)
    process, client = worker.start(), own_redis.client()
    worker.until(process, lambda: client.hget(key, "user_spent_1d") == b"2.5")
    own_redis.pause()
    worker.sell(100)
    worker.until(process, lambda: "waiting, nothing is lost" in worker.log.read_text())
    begun = time.monotonic()
    ended = worker.stopped(process)
    assert time.monotonic() - begun < 20
    ended.expect(3, f"Redis 127.0.0.1:{own_redis.port}", "stopped while waiting", "the next start")
    own_redis.resume()
    worker.sell(100)
    process = worker.start()
    worker.until(process, lambda: client.hget(key, "user_spent_1d") == b"7.5")
    assert worker.stopped(process).code == 0


def test_a_process_alone_does_not_wait_for_the_others_for_ever(worker: Worker) -> None:
    worker.made(2).settings["HEADRACE_CLUSTER_PATIENCE"] = "1"
    addresses = f"127.0.0.1:{free_port()};127.0.0.1:{free_port()}"
    worker.run("-i", "0", "-a", addresses).expect(
        6, "did not connect within 1 s", addresses.replace(";", ", "), lines=1
    )


def test_a_process_that_waits_for_the_others_can_be_stopped(worker: Worker) -> None:
    process = worker.made(2).start("-i", "0", "-a", f"127.0.0.1:{free_port()};127.0.0.1:{free_port()}")
    worker.until(process, lambda: "have not connected yet; waiting" in worker.log.read_text())
    worker.stopped(process).expect(6, "when this process was stopped", lines=2)


@pytest.mark.parametrize(
    ("number", "addresses", "code", "words"),
    [
        ("7", "127.0.0.1:1;127.0.0.1:2", 2, "-i 7: -a lists 2 addresses; expected a number from 0 to 1"),
        ("0", "nonsense;127.0.0.1:1", 2, "the addresses in -a are invalid"),
        ("0", "TAKEN;127.0.0.1:1", 6, "another process uses the port"),
    ],
)
def test_a_place_in_a_cluster_that_cannot_be(
    worker: Worker, number: str, addresses: str, code: int, words: str
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        addresses = addresses.replace("TAKEN", f"127.0.0.1:{taken.getsockname()[1]}")
        worker.made(2).run("-i", number, "-a", addresses).expect(code, words, lines=1)


def test_one_process_of_a_cluster_ends_with_another(worker: Worker) -> None:
    worker.made(2).sell(100)
    other = Worker(worker.folder / "other", worker.settings | {"HEADRACE_VAR": str(worker.var)})
    (other.folder / "recovery").symlink_to(worker.store)
    addresses = f"127.0.0.1:{free_port()};127.0.0.1:{free_port()}"
    first, second = worker.start("-i", "0", "-a", addresses), other.start("-i", "1", "-a", addresses)
    worker.until(first, lambda: _has_snapshots(worker))
    second.kill()
    second.wait(60)
    worker.ended(first).expect(6, "another process of the cluster has ended", "restart all")


DEFECT = """
import dataflows.ingest.decoding.decoder
def broken(self, *batch): raise KeyError("a defect")
dataflows.ingest.decoding.decoder.Decoder.__call__ = broken
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_defect_is_told_as_one_and_its_traceback_is_kept(worker: Worker, workers: str) -> None:
    site = worker.folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(DEFECT)
    worker.settings["PYTHONPATH"] = str(site)
    worker.made().sell(10)
    worker.run("-w", workers).expect(1, "KeyError: 'a defect'", "bug in Headrace", "failure.txt", lines=1)
    assert "Traceback" in (worker.var / "failure.txt").read_text()
    worker.settings["HEADRACE_DEBUG"] = "1"
    ended = worker.run("-w", workers)
    assert any(line.startswith("Traceback") for line in ended.said[1:])
    assert ended.last.startswith("headrace: ended with exit code 1: KeyError")
