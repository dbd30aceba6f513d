"""Tests files of data sets: only one process writes a file at a time, and nothing remains of a failed one."""

import gc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataflows.history.datasets.errors import DatasetError
from dataflows.history.datasets.manifest import read_manifest
from dataflows.history.datasets.writers import FileLocked, write_text, written

ROWS = pa.record_batch({"a": [1, 2]})


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_a_file_is_written_by_one_at_a_time(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"t.{ending}"
    with written(path, ROWS.schema) as writer:
        writer.write(ROWS)
        with pytest.raises(FileLocked, match="another command is writing this file"), written(path, ROWS.schema):
            pass
        writer.finish({})
    assert [path.name for path in tmp_path.iterdir()] == [path.name]
    assert path.stat().st_size > 0


def test_what_was_left_by_one_that_was_killed_does_not_show(tmp_path: Path) -> None:
    (tmp_path / ".t.parquet.part").write_bytes(b"half of a much longer file" * 1_000)
    with written(tmp_path / "t.parquet", ROWS.schema) as writer:
        writer.write(ROWS)
        writer.finish({})
    assert pq.read_table(tmp_path / "t.parquet").to_batches() == [ROWS]
    assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]


def test_a_text_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "t.json").mkdir()
    with pytest.raises(OSError, match=r"t\.json"):
        write_text(tmp_path / "t.json", "{}")
    assert [path.name for path in tmp_path.iterdir()] == ["t.json"]


@pytest.mark.parametrize(("manifest", "said"), [(b'{"format": 2}', "has format 2; expected 1"), (b"[]", "cannot be")])
def test_a_manifest_of_another_format_is_refused(tmp_path: Path, manifest: bytes, said: str) -> None:
    schema = ROWS.schema.with_metadata({b"headrace": manifest})
    pq.write_table(pa.Table.from_batches([ROWS]).cast(schema), tmp_path / "t.parquet")
    with pytest.raises(DatasetError, match=said):
        read_manifest(tmp_path / "t.parquet")


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_an_interrupted_file_leaves_nothing_to_close(tmp_path: Path, ending: str) -> None:
    """A writer of Parquet that is collected later would write its footer into the closed file."""
    batch = pa.record_batch({"a": [1, 2]})

    def interrupted() -> None:
        with written(tmp_path / f"x.{ending}", batch.schema) as writer:
            writer.write(batch)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    gc.collect()
    assert list(tmp_path.iterdir()) == []
