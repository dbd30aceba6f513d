"""Tests a full disk: for every writer of a file of history, the error names the file and the system's message."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

FULL = """
import resource, signal, sys
from pathlib import Path
import numpy as np
import polars as pl
from dataflows.history.datasets.writers import written
from dataflows.history.shards.answer_files import write_answers
from dataflows.history.shards.row_files import gather_days

folder = Path(sys.argv[1])
numbers = np.random.default_rng(1).integers(0, 1 << 60, 200_000)
frame = pl.DataFrame({"_id": numbers.astype(str), "_as_of": numbers})
day = folder / "shards" / "user" / "2026-01-01"
day.mkdir(parents=True)
frame.write_parquet(day / "shard-000.parquet")


def data_set(path):
    with written(path, frame.to_arrow().schema) as writer:
        for batch in frame.to_arrow().to_batches(10_000):
            writer.write(batch)
        writer.finish({})


signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
target = folder / sys.argv[2]
try:
    if target.suffix == ".arrow":
        write_answers(target, frame)
    elif target.name == "rows.parquet":
        gather_days(folder / "shards", folder, {}, [])
    else:
        data_set(target)
except OSError as error:
    print(error.filename, error.strerror, sep="\\n")
"""


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize(
    "name", ["shard-000.arrow", "user/day=2026-01-01/rows.parquet", "train.parquet", "train.csv", "train.jsonl"]
)
def test_the_error_names_the_file(tmp_path: Path, name: str) -> None:
    command = [sys.executable, "-c", FULL, str(tmp_path), name]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stderr
    where, why = ended.stdout.splitlines()
    assert where == str(tmp_path / name)
    assert "File too large" in why
    assert not (tmp_path / name).exists()
