"""Tests spines in files: every row and column is kept unchanged, and errors name what cannot be read."""

import json
import random
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataflows.history.datasets.errors import SpineError
from dataflows.history.datasets.spine import csv_file, ids_of, json_lines, open_spine
from tests.support.generators.seeds import fresh_seed

KEPT = ("user_id", "at")


def table_of(path: Path, *, typed: bool = True) -> pa.Table:
    spine = open_spine(path, KEPT, typed=typed)
    return pa.Table.from_batches(spine.blocks(), spine.schema)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_parquet_keeps_types_order_and_metadata(tmp_path: Path) -> None:
    columns = {
        "z": pa.array([1, 2, None], pa.int16()),
        "a": pa.array(["x", None, "y"]).dictionary_encode(),
        "price": pa.array([1, 2, 3]).cast(pa.decimal128(20, 0)),
        "when": pa.array([1, 2, 3], pa.timestamp("ns", "Asia/Tokyo")),
        "nested": pa.array([{"k": [1]}, None, {"k": []}]),
        "bytes": pa.array([b"\x00", None, b""]),
    }
    table = pa.table(columns).replace_schema_metadata({"pandas": "{}"})
    pq.write_table(table, tmp_path / "s.parquet", row_group_size=2, use_compliant_nested_type=False)
    found = table_of(tmp_path / "s.parquet")
    assert found.schema.equals(table.schema, check_metadata=True)
    assert found.equals(table)


def test_csv_takes_numbers_only_where_nothing_is_lost(tmp_path: Path) -> None:
    text = (
        "user_id,at,zip,n,x,ok,big,signed\n"
        "007,2026-01-01,01234,1,1.5,true,9223372036854775807,-1\n"
        "8,2026-01-02,99999,,2,false,1,0\n"
    )
    table = table_of(written(tmp_path / "s.csv", text))
    assert table.to_pydict() == {
        "user_id": ["007", "8"],
        "at": ["2026-01-01", "2026-01-02"],
        "zip": ["01234", "99999"],
        "n": [1, None],
        "x": [1.5, 2.0],
        "ok": [True, False],
        "big": ["9223372036854775807", "1"],
        "signed": [-1, 0],
    }


@pytest.mark.parametrize("ids", [["1", "-0"], ["1", "+2"], ["1", "1.0"], ["true", "false"], ["1e5", "2"], ["1", " 2"]])
def test_csv_ids_keep_their_spelling(tmp_path: Path, ids: list[str]) -> None:
    text = "user_id,at\n" + "".join(f"{entity},2026-01-01\n" for entity in ids)
    column = table_of(written(tmp_path / "s.csv", text)).column("user_id").combine_chunks()
    assert ids_of(column, "s.csv", "user_id").to_list() == ids


def test_csv_quotes_hold_commas_lines_quotes_and_nothing(tmp_path: Path) -> None:
    text = 'user_id,note\n"a,b","say ""hi"""\n"two\nlines",""\n,\n"😀",plain\n'
    table = table_of(written(tmp_path / "s.csv", text))
    assert table.to_pydict() == {
        "user_id": ["a,b", "two\nlines", None, "😀"],
        "note": ['say "hi"', "", None, "plain"],
    }


def test_csv_of_other_programs_is_read(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_bytes(b"\xef\xbb\xbfuser_id,n\r\nu1,1\r\n\r\nu2,2")
    assert table_of(tmp_path / "s.csv").to_pydict() == {"user_id": ["u1", "u2"], "n": [1, 2]}


def test_csv_that_is_not_typed_stays_as_it_is(tmp_path: Path) -> None:
    table = table_of(written(tmp_path / "s.csv", "user_id,x\n1,1.10\n2,007\n"), typed=False)
    assert table.to_pydict() == {"user_id": ["1", "2"], "x": ["1.10", "007"]}


def test_csv_is_typed_by_all_of_its_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 64)
    rows = [str(number) for number in range(50)] + ["x"]
    table = table_of(written(tmp_path / "s.csv", "user_id,n\n" + "".join(f"u,{row}\n" for row in rows)))
    assert table.column("n").to_pylist() == rows


def test_json_lines_keep_names_types_and_gaps(tmp_path: Path) -> None:
    lines = [{"user_id": "u1", "n": 1, "t": "2026-01-01T00:00:00Z"}, {"user_id": "u2", "n": 2.5, "tags": ["a"]}]
    path = written(tmp_path / "s.jsonl", "\n".join(map(json.dumps, lines)) + "\n\n")
    assert table_of(path).to_pydict() == {
        "user_id": ["u1", "u2"],
        "n": [1.0, 2.5],
        "t": ["2026-01-01T00:00:00Z", None],
        "tags": [None, ["a"]],
    }


@pytest.mark.parametrize("block_bytes", [40, 1 << 24])
def test_fields_of_json_lines_keep_the_order_of_their_first_occurrence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    monkeypatch.setattr(json_lines, "BLOCK_BYTES", block_bytes)
    chance = random.Random(fresh_seed())
    for _ in range(20):
        many = [chance.sample("abcdefg", chance.randint(1, 7)) for _ in range(chance.randint(1, 6))]
        lines = [json.dumps({"user_id": 1, **{name: chance.choice([None, 2]) for name in names}}) for names in many]
        path = written(tmp_path / "s.jsonl", "\n\n".join(lines))
        first = dict.fromkeys(name for names in many for name in names)
        assert table_of(path, typed=False).column_names == ["user_id", *first], lines


@pytest.mark.parametrize(("name", "text"), [("s.jsonl", '{"user_id": "u1", "n": 1}\n'), ("s.csv", "user_id,n\nu1,1\n")])
def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path, name: str, text: str) -> None:
    path = written(tmp_path / name, "\ufeff" + text)
    assert table_of(path).to_pydict() == {"user_id": ["u1"], "n": [1]}


def test_json_lines_are_typed_by_all_of_their_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "BLOCK_BYTES", 64)
    rows = [{"user_id": number} for number in range(50)] + [{"user_id": 50, "late": 1}]
    path = written(tmp_path / "s.jsonl", "\n".join(map(json.dumps, rows)))
    table = table_of(path).to_pydict()
    assert table["user_id"] == list(range(51))
    assert table["late"] == [None] * 50 + [1]


def test_ids_of_more_than_64_bits_keep_all_digits(tmp_path: Path) -> None:
    many = [2**64 - 1, 2**64 + 5, 3]
    path = written(tmp_path / "s.jsonl", "".join(f'{{"user_id": {entity}}}\n' for entity in many))
    column = table_of(path).column("user_id").combine_chunks()
    assert ids_of(column, "s.jsonl", "user_id").to_list() == [str(entity) for entity in many]


@pytest.mark.parametrize(
    "column",
    [pa.array([1.0]), pa.array([True]), pa.array([b"u1"]), pa.array([["u1"]]), pa.array([1], pa.timestamp("ms"))],
    ids=lambda column: str(column.type),
)
def test_ids_of_other_types_are_refused(column: pa.Array) -> None:
    with pytest.raises(SpineError, match=r"column user_id has values of type .*; expected strings or integers"):
        ids_of(column, "s.parquet", "user_id")


@pytest.mark.parametrize("dtype", [pa.int8(), pa.uint64(), pa.string(), pa.large_string(), pa.string_view(), pa.null()])
def test_ids_are_texts(dtype: pa.DataType) -> None:
    values = (
        [None]
        if dtype == pa.null()
        else ["7", None]
        if pa.types.is_string(dtype)
        else pa.array([7, None]).cast(pa.string()).to_pylist()
    )
    column = pa.array(values, pa.string()).cast(dtype) if dtype != pa.null() else pa.nulls(1)
    assert ids_of(column, "s", "user_id").to_list() == values


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("s.csv", "", "the file is empty"),
        ("s.csv", "a,a\n1,2\n", "column a occurs twice in the header"),
        ("s.csv", "a,b\n1\n", "row 0 (the first is 0): 1: the number of fields is 1; expected 2, as in the header"),
        ("s.csv", 'a,b\n"x\ny",2\n\n1,2,3\n', "row 1 (the first is 0): 1,2,3: the number of fields is 3; expected 2"),
        ("s.csv", b"a,b\n1,2\n1,caf\xe9\n", "column b, row 1 (the first is 0): not UTF-8"),
        ("s.csv", b"a,caf\xe9\n1,2\n", "the header is not UTF-8"),
        ("s.csv", "a,b\n1,2\n".encode("utf-16"), "the header is not UTF-8"),
        ("s.csv", "a,b\n1,2\n".encode("utf-16-be"), "the header is not UTF-8"),
        ("s.jsonl", b'{"a": "x"}\n{"a": "caf\xe9"}\n', "row 1 (the first is 0)"),
        ("s.jsonl", b'{"a": "x"}\n{"caf\xe9": "x"}\n', "row 1 (the first is 0)"),
        ("s.jsonl", '{"a": "x"}\n'.encode("utf-16"), "row 0 (the first is 0)"),
        ("s.jsonl", '{"a": 1}\nnot json\n', "row 1 (the first is 0): not json; expected one JSON object per line"),
        ("s.jsonl", '{"a": 1}\n[1]\n', "row 1 (the first is 0): [1]"),
        ("s.jsonl", '{"a": 1}\n{"a": {"b": 1}}\n', "values of different types"),
        ("s.parquet", "PAR1 nonsense", "cannot be read"),
        ("s.txt", "a", "the file extension is .txt; expected one of .parquet"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, content: str | bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(SpineError) as error:
        table_of(path)
    assert str(error.value).startswith(str(path))
    assert said in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpineError, match="no such file"):
        open_spine(tmp_path / "none.parquet", KEPT)


@pytest.mark.parametrize("name", ["s.parquet", "s.csv", "s.jsonl"])
def test_a_spine_without_rows_has_a_schema(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "s.parquet":
        pl.DataFrame({"user_id": []}, {"user_id": pl.String}).write_parquet(path)
    else:
        path.write_text("user_id\n" if name == "s.csv" else "")
    assert table_of(path).num_rows == 0
