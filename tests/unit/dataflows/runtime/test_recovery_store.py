"""Tests the checks of a recovery store before a resume: partitions of different times or stores are refused."""

import random
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dataflows.runtime.process.engine_options import engine_options
from dataflows.runtime.recovery.checks import refuse_mixed
from dataflows.runtime.recovery.resumption import NOTHING
from dataflows.runtime.recovery.store import RecoveryRefused, read_store
from tests.support.dataflow.counting_flow import (
    INIT,
    SHARDS,
    part,
    resumed,
    run,
)
from tests.support.generators.seeds import fresh_seed


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    INIT(folder, 3)
    return folder


@pytest.mark.parametrize("workers", [1, 2])
def test_a_store_is_taken_up_after_any_number_of_runs(store: Path, workers: int) -> None:
    assert resumed(store) == NOTHING
    for _ in range(4):
        run(store, workers=workers)
        position = resumed(store)
        assert position.current == {"read_orders", "windows_user_id"}
        assert position.missed == set()


@pytest.mark.parametrize("index", range(3))
def test_a_partition_that_is_older_is_refused(store: Path, tmp_path: Path, index: int) -> None:
    run(store)
    older = shutil.copytree(store, tmp_path / "older")
    run(store)
    shutil.copy(part(older, index), part(store, index))
    with pytest.raises(RecoveryRefused, match=r"older than .*Restore all partitions from one backup"):
        resumed(store)
    with pytest.raises(RecoveryRefused, match="older than"):
        resumed(store, alone=False)


def test_a_whole_store_that_is_older_is_taken_up(store: Path, tmp_path: Path) -> None:
    run(store)
    older = shutil.copytree(store, tmp_path / "older")
    run(store)
    assert resumed(older) == resumed(store)


def test_a_new_partition_among_old_ones_is_refused(store: Path, tmp_path: Path) -> None:
    run(store)
    (tmp_path / "new").mkdir()
    INIT(tmp_path / "new", 3)
    shutil.copy(part(tmp_path / "new", 1), part(store, 1))
    with pytest.raises(RecoveryRefused, match=r"part-1\.sqlite3"):
        resumed(store)


def test_a_partition_that_is_missing_is_refused_unless_a_cluster_may_have_it(store: Path) -> None:
    run(store)
    part(store, 2).unlink()
    with pytest.raises(RecoveryRefused, match=r"partitions are missing: part-2\.sqlite3 of 3"):
        resumed(store)
    assert resumed(store, alone=False).goes_on("windows_user_id")


@pytest.mark.parametrize("count", [2, 4])
def test_a_partition_of_a_store_of_another_size_is_refused(store: Path, tmp_path: Path, count: int) -> None:
    (tmp_path / "other").mkdir()
    INIT(tmp_path / "other", count)
    shutil.copy(part(tmp_path / "other", 0), part(store, 0))
    with pytest.raises(RecoveryRefused, match=f"one of {count}[ ;]"):
        resumed(store)


def test_a_copy_under_another_name_is_refused(store: Path) -> None:
    shutil.copy(part(store, 0), part(store, 1))
    with pytest.raises(RecoveryRefused, match=r"part-1\.sqlite3 is a copy of partition 0"):
        resumed(store)


def test_a_partition_made_at_another_time_is_refused(store: Path) -> None:
    with sqlite3.connect(part(store, 1)) as base:
        base.execute("UPDATE parts SET created_at = '2020-01-01 00:00:00'")
    base.close()
    with pytest.raises(RecoveryRefused, match="2020-01-01"):
        resumed(store)


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_a_file_that_is_no_partition_is_refused(store: Path, content: bytes) -> None:
    part(store, 0).write_bytes(content)
    with pytest.raises(RecoveryRefused, match=r"part-0\.sqlite3 is damaged or not a recovery partition"):
        resumed(store)


def test_a_folder_without_partitions_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(RecoveryRefused, match=r"holds no recovery partitions.*python -m bytewax\.recovery"):
        resumed(tmp_path)
    with pytest.raises(RecoveryRefused, match="is not a folder"):
        resumed(tmp_path / "nowhere")


def test_transactions_lost_behind_a_flipped_bit_are_refused(store: Path) -> None:
    rng = random.Random(fresh_seed())
    run(store)
    base = sqlite3.connect(part(store, 1))
    for epoch in range(20):
        with base:
            base.execute("INSERT INTO snaps VALUES ('now', 'headrace.x', 'k', ?, ?)", (epoch, bytes(9_000)))
    copied = shutil.copytree(store, store.parent / "killed")
    base.close()
    log = part(copied, 1).with_name("part-1.sqlite3-wal")
    whole = log.read_bytes()
    read_store(copied)
    for _ in range(20):
        offset = rng.randrange(len(whole) * 3 // 4)
        log.write_bytes(whole[:offset] + bytes([whole[offset] ^ 1 << rng.randrange(8)]) + whole[offset + 1 :])
        part(copied, 1).with_name("part-1.sqlite3-shm").unlink(missing_ok=True)
        with pytest.raises(RecoveryRefused, match=r"part-1\.sqlite3 is damaged"):
            read_store(copied)


def test_a_log_that_was_cut_in_its_last_write_is_taken_up(store: Path) -> None:
    run(store)
    base = sqlite3.connect(part(store, 1))
    for epoch in range(3):
        with base:
            base.execute("INSERT INTO snaps VALUES ('now', 'headrace.x', 'k', ?, ?)", (epoch, bytes(9_000)))
    copied = shutil.copytree(store, store.parent / "killed")
    base.close()
    log = part(copied, 1).with_name("part-1.sqlite3-wal")
    log.write_bytes(log.read_bytes()[:-100])
    read_store(copied)


def test_a_step_that_missed_a_run_is_told(store: Path) -> None:
    run(store, entities=("user_id", "item_id"))
    assert resumed(store).missed == set()
    run(store, entities=("user_id",))
    position = resumed(store)
    assert position.missed == {"windows_item_id"}
    assert position.current == {"read_orders", "windows_user_id"}
    run(store, entities=("user_id", "item_id"))
    assert resumed(store).missed == set()


def test_a_run_that_ended_no_epoch_is_no_run(store: Path) -> None:
    run(store, entities=("user_id", "item_id"))
    _begun_and_killed(store)
    assert resumed(store).missed == set()


def _begun_and_killed(store: Path) -> None:
    """Writes what the engine leaves of an execution that was killed in its first epoch."""
    position = read_store(store)
    number, epoch = max(position.executions) + 1, position.resume_epoch
    base = sqlite3.connect(part(store, 0))
    with base:
        base.execute("INSERT INTO exs (ex_num, worker_count, resume_epoch) VALUES (?, 1, ?)", (number, epoch))
    base.close()


@pytest.mark.parametrize("shards", [SHARDS - 1, SHARDS + 1])
def test_another_number_of_shards_is_refused(store: Path, shards: int) -> None:
    run(store)
    with pytest.raises(RecoveryRefused, match=f"cut into {SHARDS} shards, HEADRACE_SHARDS is {shards}"):
        resumed(store, shards=shards)


def test_partitions_may_be_an_epoch_apart(store: Path) -> None:
    run(store)
    base = sqlite3.connect(part(store, 1))
    with base:
        base.execute("UPDATE commits SET commit_epoch = commit_epoch - 1")
    base.close()
    refuse_mixed(read_store(store), whole=True)


@pytest.mark.parametrize(
    ("words", "environment", "recovery", "alone"),
    [
        (["-r", "here"], {}, "here", True),
        (["-rhere", "-s", "1"], {}, "here", True),
        (["--recovery-directory=here"], {}, "here", True),
        (["flow"], {"BYTEWAX_RECOVERY_DIRECTORY": "there"}, "there", True),
        (["-r", "here", "-i", "0", "-a", "x:1;y:1"], {}, "here", False),
        (["-r", "here"], {"BYTEWAX_ADDRESSES": "x:1;y:1"}, "here", False),
        (["flow", "-w", "2"], {}, None, True),
    ],
)
def test_the_engine_s_command_line_is_understood(
    words: list[str], environment: dict[str, str], recovery: str | None, alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    options = engine_options(words)
    assert (options.recovery, options.alone) == (Path(recovery) if recovery else None, alone)


@pytest.mark.usefixtures("programs")
def test_the_dataflow_ends_with_one_line(tmp_path: Path) -> None:
    environment: dict[str, Any] = {"HEADRACE_VAR": str(tmp_path / "var"), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "bytewax.run", "dataflows.features", "-r", str(tmp_path), "-s", "1", "-b", "0"]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, env=environment)
    assert ended.returncode == 4
    assert ended.stderr.strip().splitlines() == [ended.stderr.strip()]
    assert "holds no recovery partitions" in ended.stderr
