"""The data sets that feature sets name: profiles of what a model was trained on, or a line that says why not."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dataflows.definitions import load
from dataflows.history.datasets.manifest import KEY, read_manifest
from dataflows.quality.training_references import training_references
from tests.support.factories.datasets import NOON, on_time, order, shop_in
from tests.support.factories.definitions import write

FEATURES = ["user_orders_1d", "user_last_country", "user_last_amounts"]


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    """A shop with a feature set whose reference lies beside its definitions."""
    shop = shop_in(tmp_path, on_time(*(order(f"u{at % 3}", NOON + at, float(at)) for at in range(30))))
    spine = pl.DataFrame({"user_id": [f"u{row % 4}" for row in range(40)], "time": [NOON + row for row in range(40)]})
    spine.write_parquet(tmp_path / "spine.parquet")
    shop.file(tmp_path / "spine.parquet", shop.specs / "data" / "train.parquet", features=FEATURES)
    named(shop.specs, "data/train.parquet")
    return shop.specs


def named(specs: Path, reference: str, features: list[str] = FEATURES) -> None:
    write(
        specs / "sets" / "fraud_v1.yaml",
        {
            "set_name": "fraud_v1",
            "version": 1,
            "owner": "risk@example.com",
            "description": "What the fraud model reads",
            "features": features,
            "reference": reference,
        },
    )


def changed(path: Path, change: Mapping[str, Any]) -> None:
    """The same data set with another manifest."""
    manifest = json.loads(read_manifest(path).metadata()[KEY])
    pl.read_parquet(path).write_parquet(path, metadata={KEY: json.dumps({**manifest, **change})})


def test_profiles_are_those_of_the_columns(specs: Path, caplog: pytest.LogCaptureFixture) -> None:
    found = training_references(load(specs), specs)
    assert list(found) == FEATURES and caplog.text == ""
    (orders,) = found["user_orders_1d"]
    column = pl.read_parquet(specs / "data" / "train.parquet").get_column("user_orders_1d")
    assert orders.name == "data set train.parquet of fraud_v1"
    assert orders.summary.rows == 40 and orders.summary.mean == pytest.approx(column.mean())
    assert [found[name][0].profile.kind for name in FEATURES] == ["number", "text", "length"]


def test_a_url_is_read_too(specs: Path) -> None:
    named(specs, (specs / "data" / "train.parquet").as_uri())
    assert list(training_references(load(specs), Path("elsewhere"))) == FEATURES


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("none.parquet", "it cannot be read: no such file; expected a data set"),
        ("s3://user:hidden@bucket/none.parquet", "reference none.parquet: it cannot be read"),
        ("nosuch://user:hidden@host/none.parquet", "reference none.parquet: it cannot be read: ValueError"),
        ("plain.parquet", "its metadata have no manifest; expected a data set of `headrace dataset`"),
        ("torn.parquet", "it cannot be read: "),
        ("folder.parquet", "it cannot be read: "),
        ("empty.parquet", "it cannot be read: "),
    ],
)
def test_what_is_no_data_set_is_told(
    specs: Path, reference: str, said: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    pl.DataFrame({"a": [1]}).write_parquet(specs / "plain.parquet")
    (specs / "torn.parquet").write_bytes((specs / "data" / "train.parquet").read_bytes()[:-20])
    (specs / "empty.parquet").write_bytes(b"")
    (specs / "folder.parquet").mkdir()
    named(specs, reference)
    with caplog.at_level(logging.WARNING):
        assert training_references(load(specs), specs) == {}
    (line,) = caplog.messages
    assert line.startswith("feature set fraud_v1: reference ") and said in line
    assert line.endswith("its features are judged without it") and "hidden" not in caplog.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"profile": {}}, "user_orders_1d is not in it"),
        ({"features": []}, "user_orders_1d is not in it"),
        ({"profile": {name: {"profile": "AAAA"} for name in FEATURES}}, "has a profile in it that cannot be read"),
        ({"profile": {name: {"profile": "?"} for name in FEATURES}}, "has a profile in it that cannot be read"),
    ],
)
def test_a_feature_that_is_not_in_it_is_told(
    specs: Path, change: dict[str, Any], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    changed(specs / "data" / "train.parquet", change)
    with caplog.at_level(logging.WARNING):
        assert training_references(load(specs), specs) == {}
    assert len(caplog.messages) == 3 and said in caplog.text


def test_another_definition_is_told_and_the_others_are_compared(specs: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = specs / "user" / "user_orders_1d.yaml"
    path.write_text(path.read_text().replace("version: 1", "version: 2"))
    with caplog.at_level(logging.WARNING):
        assert list(training_references(load(specs), specs)) == FEATURES[1:]
    (line,) = caplog.messages
    assert (
        "user_orders_1d had another definition when the data set was made; make the data set again, and train on it"
        in line
    )


def test_a_manifest_that_cannot_be_read_is_told(specs: Path, caplog: pytest.LogCaptureFixture) -> None:
    changed(specs / "data" / "train.parquet", {"features": "many"})
    with caplog.at_level(logging.WARNING):
        assert training_references(load(specs), specs) == {}
    assert "its manifest cannot be read" in caplog.text
