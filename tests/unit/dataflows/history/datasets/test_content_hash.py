"""Tests the content hash: equal for the same values in any file, different for any other value."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataflows.history.datasets.table import ContentHash

COLUMNS = {
    "whole": pa.array([1, None, 3], pa.int32()),
    "real": pa.array([0.5, None, float("nan")]),
    "text": pa.array(["a", "", None]),
    "truth": pa.array([True, None, False]),
    "time": pa.array([1, None, 3], pa.timestamp("ms", "UTC")),
    "list": pa.array([[1.0, None], [], None]),
    "struct": pa.array([{"a": 1, "b": ["x"]}, None, {"a": None, "b": []}]),
    "decimal": pa.array([1, None, 3]).cast(pa.decimal128(30, 2)),
    "kind": pa.array(["x", "y", None]).dictionary_encode(),
    "bytes": pa.array([b"", None, b"\x00"]),
    "day": pa.array([1, None, 3], pa.date32()),
    "nothing": pa.nulls(3),
}
TABLE = pa.table(COLUMNS)


def hash_of(table: pa.Table, rows: int = 100) -> str:
    hashed = ContentHash(table.schema)
    for batch in table.to_batches(max_chunksize=rows):
        hashed.add(batch)
    return hashed.hexdigest()


@pytest.mark.parametrize("rows", [1, 2])
def test_it_does_not_depend_on_blocks(rows: int) -> None:
    assert hash_of(TABLE, rows) == hash_of(TABLE)
    assert hash_of(pa.concat_tables([TABLE.slice(1), TABLE]).slice(2), rows) == hash_of(TABLE)


@pytest.mark.parametrize("how", [{"compression": "zstd"}, {"row_group_size": 1}, {"use_dictionary": False}], ids=str)
def test_it_does_not_depend_on_the_file(tmp_path: Path, how: dict[str, object]) -> None:
    pq.write_table(TABLE, tmp_path / "t.parquet", **how)
    assert hash_of(pq.read_table(tmp_path / "t.parquet")) == hash_of(TABLE)


def test_seconds_and_days_that_parquet_keeps_otherwise_are_the_same(tmp_path: Path) -> None:
    table = pa.table({"s": pa.array([1, None], pa.timestamp("s")), "d": pa.array([86_400_000, None], pa.date64())})
    pq.write_table(table, tmp_path / "t.parquet")
    assert hash_of(pq.read_table(tmp_path / "t.parquet")) == hash_of(table)


@pytest.mark.parametrize(
    "other",
    [
        TABLE.rename_columns([*TABLE.column_names[:-1], "another"]),
        TABLE.select(TABLE.column_names[::-1]),
        TABLE.slice(0, 2),
        TABLE.take(pa.array([0, 2, 1])),
        TABLE.set_column(0, "whole", pa.array([1, 0, 3], pa.int32())),
        TABLE.set_column(0, "whole", pa.array([1, None, 3], pa.int64())),
        TABLE.set_column(2, "text", pa.array(["", "a", None])),
        TABLE.set_column(2, "text", pa.array(["a", None, ""])),
        TABLE.set_column(5, "list", pa.array([[1.0], [None], None], pa.list_(pa.float64()))),
        TABLE.set_column(5, "list", pa.array([[1.0, None], None, []], pa.list_(pa.float64()))),
        TABLE.set_column(4, "time", pa.array([1, None, 3], pa.timestamp("ms"))),
    ],
    ids=range(11),
)
def test_it_tells_any_difference(other: pa.Table) -> None:
    assert hash_of(other) != hash_of(TABLE)
