"""Tests `headrace dataset --verify` and `--rebuild`: equal, or which values differ."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import polars as pl
import pytest

from dataflows.history.datasets.manifest import read_manifest
from tests.support.generators.seeds import some
from tests.support.programs.command_line import headrace
from tests.support.programs.dataset_command import NOON, SPINE, publish, record, spent

pytestmark = pytest.mark.long


def test_a_training_set_can_be_verified_and_made_again(shop: Path) -> None:
    headrace("dataset", "--spine", "labels.csv", *SPINE, "--out", "train.parquet")
    publish(shop, [("u1", NOON, 1_000.0)], NOON)
    (shop / "labels.csv").unlink()
    verified = headrace("dataset", "--verify", "train.parquet", "--sample", "3", "--seed", "7")
    assert (verified.exit_code, "verified 3 of 5 rows (seed 7): all values are equal" in verified.output) == (0, True)
    again = headrace("dataset", "--rebuild", "train.parquet")
    assert (again.exit_code, "the content hash is equal" in again.output) == (0, True)
    assert spent("train.rebuilt.parquet") == spent("train.parquet")


def test_a_value_that_was_changed_is_shown(shop: Path) -> None:
    headrace("dataset", "--spine", "labels.csv", *SPINE, "--out", "train.parquet")
    manifest = read_manifest(Path("train.parquet")).metadata()
    frame = pl.read_parquet("train.parquet")
    frame.with_columns(pl.col("user_spent_1d") + 1).write_parquet("train.parquet", metadata=dict(manifest))
    verified = headrace("dataset", "--verify", "train.parquet")
    assert verified.exit_code == 1
    assert "5 rows differ" in verified.output
    assert "13.0" in verified.output


@pytest.mark.parametrize(
    ("change", "said"),
    some(
        [
            (lambda rows: rows.with_columns(label=pl.lit(7, pl.Int64)), "the file was changed after it was written"),
            (lambda rows: rows.with_columns(user_spent_1d=pl.col("user_spent_1d") + 1e-12), "the file was changed"),
            (lambda rows: rows.head(4), "it has 4 rows; its manifest has 5"),
            (lambda rows: rows.drop("user_spent_1d"), "its columns are user_id, at, label; its manifest has"),
            (lambda rows: rows.select(sorted(rows.columns)), "its columns are at, label, user_id, user_spent_1d;"),
        ]
    ),
)
def test_a_file_that_was_changed_is_not_verified(
    shop: Path, change: Callable[[pl.DataFrame], pl.DataFrame], said: str
) -> None:
    headrace("dataset", "--spine", "labels.csv", *SPINE, "--out", "train.parquet")
    manifest = read_manifest(Path("train.parquet")).metadata()
    change(pl.read_parquet("train.parquet")).write_parquet("train.parquet", metadata=dict(manifest))
    verified = headrace("dataset", "--verify", "train.parquet")
    assert (verified.exit_code, said in verified.output) == (1, True), verified.output


def test_a_file_that_was_only_encoded_anew_is_verified(shop: Path) -> None:
    headrace("dataset", "--spine", "labels.csv", *SPINE, "--out", "train.parquet")
    manifest = read_manifest(Path("train.parquet")).metadata()
    pl.read_parquet("train.parquet").write_parquet("train.parquet", metadata=dict(manifest), compression="snappy")
    verified = headrace("dataset", "--verify", "train.parquet")
    assert (verified.exit_code, "all values are equal" in verified.output) == (0, True), verified.output


@pytest.mark.parametrize("option", ["--verify", "--rebuild"])
def test_a_manifest_without_the_positions_of_a_topic_is_one_line(shop: Path, option: str) -> None:
    headrace("dataset", "--spine", "labels.csv", *SPINE, "--out", "train.parquet")
    manifest = read_manifest(Path("train.parquet"))
    edited = msgspec.structs.replace(manifest, history={"clicks": next(iter(manifest.history.values()))})
    pl.read_parquet("train.parquet").write_parquet("train.parquet", metadata=dict(edited.metadata()))
    told = headrace("dataset", option, "train.parquet", *(("--out", "again.parquet") if option == "--rebuild" else ()))
    assert (told.exit_code, "no positions of orders" in told.output) == (2, True), told.output
    assert not Path("again.parquet").exists()


def test_a_data_set_is_not_made_again_over_itself(shop: Path) -> None:
    headrace("dataset", "--spine", "labels.csv", *SPINE, "--out", "t.parquet")
    (shop / "link.parquet").symlink_to("t.parquet")
    before = (shop / "t.parquet").read_bytes()
    for out in ("t.parquet", "link.parquet"):
        said = headrace("dataset", "--rebuild", "t.parquet", "--out", out)
        assert (said.exit_code, "is the data set to rebuild" in said.output) == (2, True)
    assert (shop / "t.parquet").read_bytes() == before


def test_what_was_served_can_be_verified_and_made_again(shop: Path) -> None:
    record(shop, "u1", 5.0, NOON + 1)
    headrace("dataset", "--spine", "labels.csv", *SPINE, "--out", "t.parquet", "--mode", "served")
    record(shop, "u1", 1_000.0, NOON + 2)
    assert headrace("dataset", "--verify", "t.parquet").exit_code == 0
    assert headrace("dataset", "--rebuild", "t.parquet").exit_code == 0
    headrace("dataset", "--spine", "labels.csv", *SPINE, "--out", "t.parquet", "--mode", "served")
    assert spent("t.parquet") == [None, 1_000.0, None, None, None]
