"""Tests encodings: rows as Redis hashes of plain text, as JSON records, and the Avro schema of a topic."""

from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest

from dataflows.definitions.loader import Definitions, Feature, load
from dataflows.rows.assembler import FeatureRows
from dataflows.rows.encoders import HashEncoder, RecordEncoder, avro_record, time_to_live
from tests.support.factories.definitions import DAY, HOUR, ORDER_COLUMNS, ORDERS, PLAIN, by_hand, write

TIME = pl.Datetime("ms", "UTC")
VALUES: dict[str, tuple[str, pl.DataType, list[Any], list[str | None], list[Any]]] = {
    # value type, polars type, values, as text, in a record
    "a": ("STRING", pl.String(), ['é "q"\n', "", None], ['é "q"\n', "", None], ['é "q"\n', "", None]),
    "b": ("BOOL", pl.Boolean(), [True, False, None], ["true", "false", None], [True, False, None]),
    "c": ("INT32", pl.Int32(), [-3, 0, None], ["-3", "0", None], [-3, 0, None]),
    "d": ("INT64", pl.Int64(), [2**53 + 1, -(2**63), None], ["9007199254740993", "-9223372036854775808", None],
          [2**53 + 1, -(2**63), None]),
    "e": ("DOUBLE", pl.Float64(), [0.1 + 0.2, -2.0, None], ["0.30000000000000004", "-2.0", None],
          [0.30000000000000004, -2.0, None]),
    "f": ("FLOAT", pl.Float64(), [1e300, 5e-324, None], ["1e+300", "5e-324", None], [1e300, 5e-324, None]),
    "g": ("TIMESTAMP", TIME, [1_767_225_600_007, 0, None],
          ["2026-01-01T00:00:00.007Z", "1970-01-01T00:00:00.000Z", None], [1_767_225_600_007, 0, None]),
    "h": ("ARRAY<STRING>", pl.List(pl.String()), [["é", '"'], [], None], ['["é","\\""]', "[]", None],
          [["é", '"'], [], None]),
    "i": ("ARRAY<INT64>", pl.List(pl.Int64()), [[1, -2], [], None], ["[1,-2]", "[]", None], [[1, -2], [], None]),
    "j": ("ARRAY<DOUBLE>", pl.List(pl.Float64()), [[0.1, 2.0], [], None], ["[0.1,2.0]", "[]", None],
          [[0.1, 2.0], [], None]),
    "k": ("ARRAY<BOOL>", pl.List(pl.Boolean()), [[True], [], None], ["[true]", "[]", None], [[True], [], None]),
    "l": ("ARRAY<TIMESTAMP>", pl.List(TIME), [[7, 1_767_225_600_007], [], None], ["[7,1767225600007]", "[]", None],
          [[7, 1_767_225_600_007], [], None]),
}  # fmt: skip
SOURCE_VALUES = {"STRING": "category", "BOOL": "gift", "TIMESTAMP": "paid_at", "INT32": "quantity", "INT64": "quantity"}


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> tuple[Feature, ...]:
    """Returns a feature of every value type."""
    folder = tmp_path_factory.mktemp("specs")
    columns = {**ORDER_COLUMNS, "paid_at": "TIMESTAMP"}
    write(folder / "sources" / "orders.yaml", {**ORDERS, "columns": columns})
    for name, (value_type, *_) in VALUES.items():
        inner = value_type.removeprefix("ARRAY<").removesuffix(">")
        folds = {"aggregation": "last_k", "k": 2} if inner != value_type else {"aggregation": "last"}
        feature = {**PLAIN, "feature_name": name, "source": "orders", "window": "lifetime", **folds}
        value = SOURCE_VALUES.get(inner, "amount")
        write(folder / f"{name}.yaml", {**feature, "value": value, "value_type": value_type})
    return load(folder).of_entity("user_id")


@pytest.fixture(scope="module")
def rows() -> FeatureRows:
    """Returns a full row, an empty one that is warming, and one that is gone."""
    return FeatureRows(
        pl.DataFrame(
            {
                "_id": ["u1", "ü:2", ""],
                "_as_of": [10, 20, 30],
                "_seq": [1, 2, 3],
                "_gone": [False, False, True],
                "_warming": pl.Series([None, "a,b", None], dtype=pl.String),
                "_quarantined": pl.Series([None, None, "b"], dtype=pl.String),
            }
        ).with_columns(pl.Series(name, of[2]).cast(of[1]).alias(name) for name, of in VALUES.items()),
        published_ms=5,
    )


def test_hashes_are_plain_text_and_null_is_no_field(features: tuple[Feature, ...], rows: FeatureRows) -> None:
    writes = HashEncoder("shop", features, "0123abcd")(rows)
    assert writes.keys.to_list() == ["shop:user:u1", "shop:user:ü:2", "shop:user:"]
    assert (writes.as_of.to_list(), writes.seq.to_list()) == ([10, 20, 30], [1, 2, 3])
    assert writes.gone.to_list() == [False, False, True]
    assert (writes.published_ms, writes.ttl_ms) == (5, None)
    assert writes.fields["_spec"].to_list() == ["0123abcd"] * 3
    assert writes.fields["_warming"].to_list() == [None, "a,b", None]
    assert writes.fields["_quarantined"].to_list() == [None, None, "b"]
    assert set(writes.fields.dtypes) == {pl.String()}
    for name, (_, _, _, texts, _) in VALUES.items():
        assert writes.fields[name].to_list() == texts, name


def test_records_hold_values_as_json(features: tuple[Feature, ...], rows: FeatureRows) -> None:
    out = RecordEncoder("user_id", features)(rows)
    assert out.keys == ["u1", "ü:2", ""]
    records = [msgspec.json.decode(payload) for payload in out.payloads]
    assert [list(record)[:6] for record in records] == [
        ["user_id", "as_of", "seq", "gone", "warming", "quarantined"]
    ] * 3
    assert [(r["user_id"], r["as_of"], r["seq"], r["gone"], r["warming"]) for r in records] == [
        ("u1", 10, 1, False, None),
        ("ü:2", 20, 2, False, ["a", "b"]),
        ("", 30, 3, True, None),
    ]
    for name, (_, _, _, _, values) in VALUES.items():
        assert [record[name] for record in records] == values, name
        assert [type(record[name]) for record in records] == [type(value) for value in values], name


def test_a_topic_holds_only_its_own_features(features: tuple[Feature, ...], rows: FeatureRows) -> None:
    out = RecordEncoder("user_id", features[:2])(rows)
    assert list(msgspec.json.decode(out.payloads[0])) == [
        "user_id",
        "as_of",
        "seq",
        "gone",
        "warming",
        "quarantined",
        "a",
        "b",
    ]


def test_no_rows_are_no_messages(features: tuple[Feature, ...], rows: FeatureRows) -> None:
    empty = FeatureRows(rows.frame.clear(), 5)
    assert RecordEncoder("user_id", features)(empty).payloads == []
    assert len(HashEncoder("shop", features, "")(empty).keys) == 0


def test_the_avro_schema_of_a_topic(features: tuple[Feature, ...]) -> None:
    """Every feature may be null and has a default, so that readers of either schema read the other's records."""
    schema: Any = avro_record("FeatureUser", "user_id", features)
    assert (schema["type"], schema["name"]) == ("record", "FeatureUser")
    fixed, feature_fields = schema["fields"][:6], schema["fields"][6:]
    assert [(field["name"], field["type"]) for field in fixed] == [
        ("user_id", "string"),
        ("as_of", "long"),
        ("seq", "long"),
        ("gone", "boolean"),
        ("warming", ["null", {"type": "array", "items": "string"}]),
        ("quarantined", ["null", {"type": "array", "items": "string"}]),
    ]
    time = {"type": "long", "logicalType": "timestamp-millis"}
    plain = {"STRING": "string", "BOOL": "boolean", "INT32": "int", "INT64": "long", "DOUBLE": "double"}
    types: dict[str, object] = {**plain, "FLOAT": "float", "TIMESTAMP": time}
    for field, (name, (value_type, *_)) in zip(feature_fields, VALUES.items(), strict=True):
        inner = value_type.removeprefix("ARRAY<").removesuffix(">")
        of = types[inner] if inner == value_type else {"type": "array", "items": types[inner]}
        assert (field["name"], field["type"], field["default"]) == (name, ["null", of], None)
        assert field["doc"] == "By hand"


def test_records_fit_the_schema(features: tuple[Feature, ...], rows: FeatureRows) -> None:
    """The fields of a record are those of the schema, in its order."""
    schema: Any = avro_record("FeatureUser", "user_id", features)
    record = msgspec.json.decode(RecordEncoder("user_id", features)(rows).payloads[0])
    assert list(record) == [field["name"] for field in schema["fields"]]


def windows(folder: Path, *pairs: tuple[str, str]) -> Definitions:
    """Returns a count over each window and hop, and a derived feature."""
    specs: dict[str, dict[str, object]] = {
        f"n{number}": {"source": "orders", "aggregation": "count", "value_type": "INT64", "window": w, "hop": h}
        for number, (w, h) in enumerate(pairs)
    }
    return by_hand(folder, **specs, half={"expression": "n0 / 2", "value_type": "DOUBLE"})


def test_a_row_lives_as_long_as_its_longest_window_and_two_hops(tmp_path: Path) -> None:
    definitions = windows(tmp_path, ("1d", "1h"), ("23h", "23h"))
    assert time_to_live(definitions.features) == 23 * HOUR + 46 * HOUR
    assert time_to_live(windows(tmp_path / "other", ("7d", "1d")).features) == 9 * DAY


def test_a_lifetime_is_kept_for_ever(features: tuple[Feature, ...]) -> None:
    assert time_to_live(features) is None
