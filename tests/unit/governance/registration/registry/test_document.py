"""Tests the registry as a document: it round-trips, and anything else is rejected."""

import json
from pathlib import Path

import pytest

from dataflows.definitions import load
from governance.changes.planning import plan
from governance.registration.registry import (
    InvalidRegistry,
    RegistrationContext,
    definitions_in,
    document_of,
    recorded_in,
)
from governance.registration.registry.registered import replayed
from governance.registration.registry.revision import Revision
from tests.support.dataflow.shards.live_shard import BASE, SET, defined
from tests.support.paths import ROOT

RULES = [
    {"rule": "not_null"},
    {"rule": "range", "min": 0, "max": 5.5, "on_violation": "quarantine"},
    {"rule": "max_age", "duration": "90s"},
    {"rule": "monotonic", "direction": "increasing"},
]


def test_the_shipped_definitions_come_back_whole() -> None:
    before = load(ROOT / "feature_specs")
    document = document_of(before)
    after = definitions_in(document)
    assert document_of(after) == document
    assert (after.fingerprint, after.sources) == (before.fingerprint, before.sources)
    assert [f.model_copy(update={"tests": ()}) for f in before.features] == list(after.features)
    assert plan(before, after).changes == ()


def test_rules_and_sets_come_back_whole(tmp_path: Path) -> None:
    chosen = {"set_name": "mine", **SET, "features": ["part", "n"]}
    before = defined(tmp_path, {**BASE, "n": {**BASE["n"], "validation_rules": RULES}}, chosen)
    after = definitions_in(document_of(before))
    assert after.features[-2].validation_rules == before.features[-2].validation_rules
    assert after.sets["mine"].names == ("part", "n")
    assert plan(before, after).changes == ()


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "damaged"),
        (b"[]", "damaged"),
        (b'{"features": {}}', "not a registry"),
        (b'{"headrace_registry": 2}', "format 2; this version reads format 1"),
        (b'{"headrace_registry": 1}', "damaged"),
        (b'{"headrace_registry": 1, "sources": [], "features": {}, "sets": {}}', "damaged"),
        (b'{"headrace_registry": 1, "sources": {}, "features": {"f": {}}, "sets": {}}', "damaged"),
        (b"\xff\xfe", "damaged"),
    ],
)
def test_what_is_no_registry_is_refused(payload: bytes, words: str) -> None:
    with pytest.raises(InvalidRegistry, match=words):
        definitions_in(payload)


def test_a_set_of_a_missing_feature_is_damage() -> None:
    document = json.loads(document_of(load(ROOT / "feature_specs")))
    del document["features"]["user_spend_1h"]
    with pytest.raises(InvalidRegistry, match="damaged"):
        definitions_in(json.dumps(document).encode())


def written(**changes: object) -> bytes:
    """Returns the document of a definition of each kind, with other keys in each named section."""
    document = json.loads(document_of(load(ROOT / "feature_specs")))
    for section, keys in changes.items():
        assert isinstance(keys, dict)
        name = min(document[section])
        document[section][name] = {
            key: value for key, value in {**document[section][name], **keys}.items() if value != "absent"
        }
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"features": {"later": 1}},
            "a later version of Headrace: feature item_buyers_7d has the key later, which this",
        ),
        ({"sources": {"later": 1}}, "a later version of Headrace: source logins has the key later, which"),
        ({"sets": {"later": 1}}, "a later version of Headrace: set fraud_v1 has the key later, which"),
        ({"features": {"owner": "absent"}}, "damaged: feature item_buyers_7d: owner: Field required"),
        ({"features": {"version": "two"}}, "damaged: feature item_buyers_7d: version: Input should be a valid integer"),
        ({"sets": {"features": ["gone"]}}, "damaged: set fraud_v1 names feature gone, which it does not contain"),
    ],
)
def test_what_cannot_be_read_is_named(changes: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidRegistry, match=said):
        definitions_in(written(**changes))


def test_a_kind_of_a_later_version_is_named() -> None:
    revision = Revision(
        number=1, parent="", act=RegistrationContext(by="t@example.com", at=1), changes={"model/m": {"model": "m"}}
    )
    with pytest.raises(InvalidRegistry, match=r"a later version of Headrace: it holds model/m, and this one"):
        replayed([revision])


def test_a_byte_order_mark_is_no_part_of_a_document() -> None:
    document = document_of(load(ROOT / "feature_specs"))
    assert document_of(definitions_in(b"\xef\xbb\xbf" + document)) == document
    assert recorded_in(b"\xef\xbb\xbf" + document).history == ()
