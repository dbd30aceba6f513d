"""Tests `headrace dataset` as a process killed or stopped anywhere: the same command makes the same data set."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import polars as pl
import pytest

from connectors.embedded.topics import append
from dataflows.history.datasets.manifest import read_manifest
from tests.support.factories.datasets import NOON, order, shop_definitions
from tests.support.generators.seeds import fresh_seed, rng_of
from tests.support.waiting import await_that

EVENTS, QUESTIONS, MOST_KILLS = 60_000, 20_000, 5
COMMAND = ("dataset", "--spine", "labels.parquet", "--entity", "user_id", "--entity", "item_id", "--time", "time")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    rng = rng_of(fresh_seed())
    shop_definitions(tmp_path / "specs")
    users, items = rng.integers(0, 500, EVENTS).tolist(), rng.integers(0, 50, EVENTS).tolist()
    times = (NOON + rng.integers(0, 86_400_000, EVENTS)).tolist()
    payloads = [
        msgspec.json.encode(order(f"u{user}", time, float(time % 7), f"i{item}")[1])
        for user, item, time in zip(users, items, times, strict=True)
    ]
    topic = "persistent://public/default/raw-order-events"
    append(tmp_path / "var" / "topics", topic, list(map(str, users)), payloads, lambda: NOON + 86_400_000)
    pl.DataFrame(
        {
            "user_id": [f"u{number}" for number in rng.integers(0, 600, QUESTIONS)],
            "item_id": [f"i{number}" for number in rng.integers(0, 60, QUESTIONS)],
            "time": NOON + rng.integers(0, 2 * 86_400_000, QUESTIONS),
        }
    ).write_parquet(tmp_path / "labels.parquet")
    return tmp_path


def begun(shop: Path, out: str, *options: str, limit: str = "") -> "subprocess.Popen[str]":
    variables = {"HEADRACE_SPECS": str(shop / "specs"), "HEADRACE_VAR": str(shop / "var")}
    command = [sys.executable, "-m", "cli.entry", *COMMAND, "--out", str(shop / out), *options]
    return subprocess.Popen(
        ["bash", "-c", f'{limit}exec "$@"', "bash", *command],
        cwd=shop,
        env={**os.environ, **variables, "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    _, output = process.communicate(timeout=300)
    return process.returncode, output


def content(shop: Path, out: str) -> str:
    return read_manifest(shop / out).content_hash


def test_kills_at_random_points_change_nothing(shop: Path) -> None:
    assert ended(begun(shop, "whole.parquet"))[0] == 0
    rng, stages = rng_of(fresh_seed()), list[str]()
    for _ in range(MOST_KILLS):
        process = begun(shop, "train.parquet")
        try:
            _, output = process.communicate(timeout=float(rng.uniform(2.0, 6.0)))
            stages.append(output)
            assert process.returncode == 0, output
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            stages.append(process.communicate()[1])
            if (shop / "train.parquet").exists():  # killed after its last write: the file is whole
                assert content(shop, "train.parquet") == content(shop, "whole.parquet")
    else:
        assert ended(begun(shop, "train.parquet"))[0] == 0
    print(stages)
    assert content(shop, "train.parquet") == content(shop, "whole.parquet")
    assert [path.name for path in shop.iterdir() if path.name.endswith(".part")] == []


def test_two_processes_make_the_same_content(shop: Path) -> None:
    assert ended(begun(shop, "one.parquet"))[0] == 0
    code, output = ended(begun(shop, "two.parquet", "--processes", "2", "--fresh"))
    assert code == 0, output
    assert content(shop, "two.parquet") == content(shop, "one.parquet")


def test_a_killed_process_is_told_and_the_same_command_goes_on(shop: Path) -> None:
    assert ended(begun(shop, "whole.parquet"))[0] == 0
    command = begun(shop, "train.parquet", "--processes", "2")
    await_that(lambda: len(children_of(command.pid)) == 2)
    os.kill(children_of(command.pid)[0], signal.SIGKILL)
    code, output = ended(command)
    assert code == 6, output
    assert "ended in stage spill: signal SIGKILL ended it" in " ".join(output.split())
    assert "Traceback" not in output
    assert ended(begun(shop, "train.parquet", "--processes", "2"))[0] == 0
    assert content(shop, "train.parquet") == content(shop, "whole.parquet")


def test_a_full_disk_is_one_line_and_the_same_command_goes_on(shop: Path) -> None:
    """No file may grow beyond 32 KB, then beyond 256 KB."""
    for blocks in (32, 256):
        code, output = ended(begun(shop, "train.parquet", limit=f"ulimit -f {blocks}; "))
        assert (code, "Traceback" in output) == (5, False), output
        assert "var/history/" in output.splitlines()[-1] and "File too large" in output.splitlines()[-1]
    assert ended(begun(shop, "train.parquet"))[0] == 0
    assert ended(begun(shop, "whole.parquet"))[0] == 0
    assert content(shop, "train.parquet") == content(shop, "whole.parquet")


def children_of(pid: int) -> list[int]:
    """Returns the processes that a command has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("processes", ["1", "2"])
def test_ctrl_c_stops_it_and_the_same_command_goes_on(shop: Path, processes: str) -> None:
    assert ended(begun(shop, "whole.parquet"))[0] == 0
    process = begun(shop, "train.parquet", "--processes", processes)
    assert process.stderr is not None
    line = ""
    while "folding history" not in line:
        line = process.stderr.readline()
        assert line, "it ended before it folded"
    process.send_signal(signal.SIGINT)
    code, output = ended(process)
    assert code in (1, 130), output  # stopped while it folds, or a moment before
    assert "Traceback" not in output
    assert "run the same command again to resume the job in" in output
    code, output = ended(begun(shop, "train.parquet"))
    assert (code, "resuming the stopped job in" in output) == (0, True), output
    assert content(shop, "train.parquet") == content(shop, "whole.parquet")
