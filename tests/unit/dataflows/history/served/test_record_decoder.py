"""Tests records of feature topics: as the encoder writes them, of earlier definitions, and invalid ones."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest

from connectors.messages import RawBatch
from dataflows.definitions import Definitions, load
from dataflows.history.served import feature_topics
from dataflows.history.served.record_decoder import RecordDecoder
from dataflows.rows import avro_record
from tests.support.dataflow.in_memory_ports import raw_batch
from tests.support.dataflow.runs import lived
from tests.support.factories.datasets import DAY, NOON, order, shop_definitions


@pytest.fixture
def definitions(tmp_path: Path) -> Definitions:
    return shop_definitions(tmp_path / "specs")


def batch(payloads: Sequence[bytes]) -> RawBatch:
    times = np.arange(len(payloads)) + NOON
    return RawBatch("0", list(payloads), NOON, NOON, lambda row: f"0:{row}", arrivals=lambda: times)


def decoded(definitions: Definitions, *records: Any) -> pl.DataFrame:
    (topic,) = feature_topics(definitions.of_entity("user_id"))
    return RecordDecoder(topic)(batch([r if isinstance(r, bytes) else msgspec.json.encode(r) for r in records]))


def test_values_come_as_they_were_written(definitions: Definitions) -> None:
    record = {"user_id": "ü", "as_of": 1, "seq": 1, "user_spend_1h": 0.1, "user_orders_1d": 2**62, "user_mean_1d": None}
    rows = decoded(definitions, {**record, "user_last_country": "Österreich", "user_last_amounts": [1.5, None]})
    assert rows.row(0, named=True) == {
        "_id": "ü",
        "_time": NOON,
        "user_last_amounts": [1.5, None],
        "user_last_country": "Österreich",
        "user_mean_1d": None,
        "user_orders_1d": 2**62,
        "user_spend_1d": None,
        "user_spend_1h": 0.1,
    }


def test_a_candidate_has_a_field_of_its_own_in_the_record(tmp_path: Path) -> None:
    shop_definitions(tmp_path / "specs")
    first = tmp_path / "specs" / "user" / "user_spend_1h.yaml"
    first.with_stem("second").write_text(f"{first.read_text().replace('version: 1', 'version: 2')}candidate: true\n")
    definitions = load(tmp_path / "specs")
    record: Any = avro_record("r", "user_id", definitions.of_entity("user_id"))
    fields = {field["name"]: field for field in record["fields"]}
    assert fields["user_spend_1h__v2"]["type"] == fields["user_spend_1h"]["type"] == ["null", "double"]
    rows = decoded(definitions, {"user_id": "u1", "user_spend_1h": 1.5, "user_spend_1h__v2": 2.5})
    assert rows.select("user_spend_1h", "user_spend_1h@2").rows() == [(1.5, 2.5)]
    other = decoded(definitions, {"user_id": "u1", "user_spend_1h__v2": "text"}, {"user_id": "u2"})
    assert other["user_spend_1h@2"].to_list() == [None, None]


@pytest.mark.parametrize("other", ["many", 1.5, True, [1], {"a": 1}, 2**63])
def test_a_value_of_another_type_is_null_and_leaves_the_others(definitions: Definitions, other: Any) -> None:
    rows = decoded(
        definitions,
        {"user_id": "u1", "user_orders_1d": other, "user_spend_1h": 2.5},
        {"user_id": "u2", "user_orders_1d": 3, "user_spend_1h": 3.5},
    )
    assert rows.select("user_orders_1d", "user_spend_1h").rows() == [(None, 2.5), (3, 3.5)]


def test_what_is_no_record_is_skipped_and_told(definitions: Definitions, caplog: pytest.LogCaptureFixture) -> None:
    wrong = [b"{", b"", b"[]", b"null", b"\xff", b'{"user_id":7}', b'{"item_id":"i1"}', b"[" * 100_000]
    with caplog.at_level(logging.WARNING):
        rows = decoded(definitions, {"user_id": "u1"}, *wrong, {"user_id": "u2"})
    assert rows.select("_id", "_time").rows() == [("u1", NOON), ("u2", NOON + 9)]
    assert "8 messages from 0:1 on have no user_id and are skipped" in caplog.text


def test_a_record_of_an_entity_that_is_gone_has_empty_values(definitions: Definitions) -> None:
    """Runs far into the next day, when all windows of u1 have passed."""
    events = [order("u1", NOON, 5.0), order("u2", NOON + 3 * DAY, 7.0)]
    left = lived(definitions, {"orders": [[raw_batch("0", [event]) for _, event in events]]})
    gone = [
        record for record in left.records if record.gone and record.entity == "u1" and record.entity_id == "user_id"
    ]
    assert gone, json.dumps([record.values for record in left.records])
    rows = decoded(definitions, {"user_id": "u1", **gone[-1].values}).drop("_id", "_time")
    assert rows.row(0, named=True) == {
        "user_last_amounts": [],
        "user_last_country": None,
        "user_mean_1d": None,
        "user_orders_1d": 0,
        "user_spend_1d": 0.0,
        "user_spend_1h": 0.0,
    }
