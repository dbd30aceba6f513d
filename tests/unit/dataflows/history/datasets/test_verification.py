"""Tests that verifying a data set finds exactly its changes, and that rebuilding it gives the same content."""

from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.messages import Extent
from dataflows.history.datasets.builder import DatasetBuilder
from dataflows.history.datasets.errors import DatasetError
from dataflows.history.datasets.manifest import read_manifest
from dataflows.history.datasets.verification import WrongValue, rebuild, verify
from dataflows.history.job import Job
from dataflows.history.jobs import extents_of
from tests.support.factories.datasets import NOON, Shop, on_time, order, shop_in
from tests.support.oracle.answered_history import AnsweredHistory

ROWS = 40


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = shop_in(tmp_path, on_time(*(order(f"u{number % 3}", NOON + number, float(number)) for number in range(30))))
    spine = pa.table({"user_id": [f"u{row % 4}" for row in range(ROWS)], "time": [NOON + row for row in range(ROWS)]})
    pq.write_table(spine, tmp_path / "s.parquet")
    shop.file(tmp_path / "s.parquet", tmp_path / "t.parquet")
    return shop


def builder(shop: Shop, folder: str, history: AnsweredHistory | None = None) -> DatasetBuilder:
    return DatasetBuilder(Job(shop.var / folder, shards=8), history or shop.history, lambda: NOON)


def changed(path: Path, feature: str, row: int, value: object) -> None:
    """Writes the same file with another value of a feature."""
    table = pq.read_table(path)
    values = table.column(feature).to_pylist()
    values[row] = value
    place = table.column_names.index(feature)
    column = pa.array(values, table.schema.field(feature).type)
    manifest = read_manifest(path).metadata()
    pq.write_table(table.set_column(place, feature, column).replace_schema_metadata(manifest), path)


@pytest.mark.parametrize("sample", [1, 7, ROWS, 1_000])
def test_what_was_not_changed_is_equal(shop: Shop, tmp_path: Path, sample: int) -> None:
    path = tmp_path / "t.parquet"
    verified = verify(path, read_manifest(path), sample, 3, builder(shop, "verify"))
    assert verified.rows == min(sample, ROWS)
    assert verified.wrong == ()


def test_what_was_changed_is_named(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    changed(path, "user_orders_1d", 17, 99)
    changed(path, "user_last_country", 22, None)
    verified = verify(path, read_manifest(path), ROWS, 0, builder(shop, "verify"))
    assert verified.wrong == (
        WrongValue(22, "user_last_country", None, "DE"),
        WrongValue(17, "user_orders_1d", "99", "6"),
    )


def test_a_history_that_changed_is_noticed(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    other = on_time(*shop.history.events, order("u1", NOON, 1_000.0))
    verified = verify(path, read_manifest(path), ROWS, 0, builder(shop, "verify", other))
    assert {difference.row for difference in verified.wrong} == {row for row in range(1, ROWS) if row % 4 == 1}


def test_definitions_are_those_of_then(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    spec = shop.specs / "user" / "user_spend_1h.yaml"
    spec.write_text(spec.read_text().replace("window: 1h", "window: 1d"))
    assert verify(path, read_manifest(path), ROWS, 0, builder(shop, "verify")).wrong == ()


def test_making_it_again_gives_the_same_content(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    again = rebuild(path, read_manifest(path), tmp_path / "again.parquet", builder(shop, "rebuild"))
    assert again.content_hash == read_manifest(path).content_hash
    assert pq.read_table(tmp_path / "again.parquet").equals(pq.read_table(path))


def test_another_history_makes_another_content(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    other = on_time(*shop.history.events, order("u1", NOON, 1_000.0))
    again = rebuild(path, read_manifest(path), tmp_path / "again.parquet", builder(shop, "rebuild", other))
    assert again.content_hash != read_manifest(path).content_hash


def test_positions_are_those_of_then(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    manifest = read_manifest(path)
    made = builder(shop, "verify")
    read_then = msgspec.structs.replace(manifest, history={"orders": {"0": {"first": "0", "end": "30"}}})
    verify(path, read_then, 1, 0, made)
    assert extents_of(made.job) == {"orders": {"0": Extent("0", "30")}}


@pytest.mark.parametrize("name", ["s.parquet", "none.parquet", "s.csv"])
def test_what_is_no_data_set_is_refused(shop: Shop, tmp_path: Path, name: str) -> None:
    with pytest.raises(DatasetError, match="expected a data set written by `headrace dataset`"):
        read_manifest(tmp_path / name)


def test_a_deprecated_feature_is_noted_and_verified_without_its_replacement(shop: Shop, tmp_path: Path) -> None:
    spec = shop.specs / "user" / "user_spend_1h.yaml"
    spec.write_text(spec.read_text() + "deprecated: {since: 2026-11-01, use: item_sold}\n")
    path = tmp_path / "old.parquet"
    manifest = shop.file(tmp_path / "s.parquet", path, features=("user_spend_1h", "user_orders_1d"))
    assert manifest.notes[1:] == ("user_spend_1h is deprecated since 2026-11-01: read item_sold instead",)
    kept = {origin.feature: origin.deprecated for origin in read_manifest(path).features}
    assert kept == {"user_spend_1h": {"since": "2026-11-01", "use": "item_sold"}, "user_orders_1d": {}}
    assert verify(path, manifest, ROWS, 0, builder(shop, "verify")).wrong == ()


def test_a_candidate_is_asked_by_its_name_and_verified_without_its_promoted_version(shop: Shop, tmp_path: Path) -> None:
    spec = shop.specs / "user" / "user_spend_1h.yaml"
    second = spec.read_text().replace("version: 1", "version: 2").replace("window: 1h", "window: 1d")
    spec.with_stem("second").write_text(f"{second}candidate: true\n")
    path = tmp_path / "candidate.parquet"
    manifest = shop.file(tmp_path / "s.parquet", path, features=("user_spend_1h@2", "user_spend_1d"))
    made = pq.read_table(path)
    assert made["user_spend_1h@2"].to_pylist() == made["user_spend_1d"].to_pylist()
    assert list(manifest.definitions) == ["sources/orders.yaml", "user/second.yaml", "user/user_spend_1d.yaml"]
    assert verify(path, manifest, ROWS, 0, builder(shop, "verify")).wrong == ()
