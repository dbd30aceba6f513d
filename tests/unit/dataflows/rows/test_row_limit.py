"""Tests the size limit of rows: the largest values are withheld and named, and no other row is affected."""

import json
import random
from typing import Any

import polars as pl
import pytest

from connectors.messages import Outgoing
from dataflows.definitions.loader import Feature, load
from dataflows.rows.assembler import FeatureRows
from dataflows.rows.encoders import RecordEncoder
from dataflows.rows.row_limit import RowLimit
from dataflows.rows.validator import ValidatedRows
from tests.support.factories.definition_files import FEATURE, Folder, with_line
from tests.support.generators.seeds import fresh_seed

LIMIT = 2_000
LARGE = ("last_text", "last_texts", "last_numbers")
KINDS = {
    "amount_7d": ("DOUBLE", pl.Float64),
    "last_text": ("STRING", pl.String),
    "last_texts": ("ARRAY<STRING>", pl.List(pl.String)),
    "last_numbers": ("ARRAY<INT64>", pl.List(pl.Int64)),
}


@pytest.fixture
def features(tmp_path: Any) -> list[Feature]:
    texts = {
        "amount_7d": FEATURE.replace("spend_7d", "amount_7d"),
        "last_text": _of("last_text", "STRING", "event_type", "last"),
        "last_texts": with_line(_of("last_texts", "ARRAY<STRING>", "event_type", "last_k"), "k: 50"),
        "last_numbers": with_line(_of("last_numbers", "ARRAY<INT64>", "quantity", "last_k"), "k: 64"),
    }
    return list(load(Folder(tmp_path)(**texts)).features)


def _of(name: str, value_type: str, value: str, aggregation: str) -> str:
    text = FEATURE.replace("spend_7d", name).replace("DOUBLE", value_type).replace("value: amount", f"value: {value}")
    return text.replace("aggregation: sum", f"aggregation: {aggregation}")


def checked(rows: list[dict[str, Any]]) -> ValidatedRows:
    keys: dict[str, Any] = {"_id": pl.String, "_as_of": pl.Int64, "_seq": pl.Int64, "_gone": pl.Boolean}
    keys |= {"_warming": pl.String, "_quarantined": pl.String}
    schema = keys | {name: dtype for name, (_, dtype) in sorted(KINDS.items())}
    return ValidatedRows(FeatureRows(pl.DataFrame(rows, schema=schema), 0), {}, {}, ())


def row(choose: random.Random, number: int) -> dict[str, Any]:
    def text() -> str:
        return choose.choice(["a", '"', "\n", "é", "\x01"]) * choose.choice([0, 3, 30, 300, 900])

    values = {
        "amount_7d": choose.choice([None, 1.5]),
        "last_text": choose.choice([None, text()]),
        "last_texts": choose.choice([None, [], [text() for _ in range(choose.randrange(6))]]),
        "last_numbers": choose.choice([None, [10 ** choose.randrange(18) for _ in range(choose.choice([0, 5, 64]))]]),
    }
    quarantined = choose.choice([None, "amount_7d"])
    return {"_id": f"u{number}", "_as_of": number, "_seq": 1, "_gone": False, "_quarantined": quarantined} | values


def test_every_row_fits_and_no_value_goes_without_need(features: list[Feature]) -> None:
    choose = random.Random(fresh_seed())
    before_limit = checked([row(choose, number) for number in range(400)])
    limited = RowLimit(features, LIMIT)(before_limit)
    encoder = RecordEncoder("user_id", features)
    sizes = zip(_sizes(encoder(before_limit.rows)), _sizes(encoder(limited.rows)), strict=True)
    rows = zip(before_limit.rows.frame.to_dicts(), limited.rows.frame.to_dicts(), strict=True)
    for (old, new), (old_bytes, new_bytes) in zip(rows, sizes, strict=True):
        assert new_bytes <= LIMIT
        withheld = _withheld(old, new)
        assert not withheld or old_bytes > LIMIT - 600  # some of it is for names and keys
    _expect_samples(limited)


def _withheld(old: dict[str, Any], new: dict[str, Any]) -> set[str]:
    """Returns the features without their value; checks that the row names them, and that the largest is one of
    them."""
    withheld = {name for name in KINDS if old[name] != new[name]}
    assert all(new[name] is None for name in withheld)
    assert set((new["_quarantined"] or "").split(",")) - {""} == withheld | set(filter(None, [old["_quarantined"]]))
    assert not withheld or max(LARGE, key=lambda name: _bytes(old[name])) in withheld
    return withheld


def _expect_samples(limited: ValidatedRows) -> None:
    """Checks that each withheld value is reported once, with a short sample."""
    samples = [(quarantined.sample, quarantined.feature.feature_name) for quarantined in limited.quarantined]
    assert len(samples) == len({(sample.entity, name) for sample, name in samples}) > 10
    assert all(len(sample.value) <= 200 for sample, _ in samples)
    assert all("max_row_bytes" in quarantined.rule for quarantined in limited.quarantined)


def _bytes(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _sizes(records: Outgoing) -> list[int]:
    return [len(payload) for payload in records.payloads]


def test_small_rows_are_the_same_object(features: list[Feature]) -> None:
    rows = checked([row(random.Random(1), 1) | dict.fromkeys(KINDS)])
    assert RowLimit(features, LIMIT)(rows) is rows
