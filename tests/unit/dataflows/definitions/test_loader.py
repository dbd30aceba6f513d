"""Tests loading definitions from a folder, and which changes start a feature over."""

import pickle
import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from dataflows.definitions.loader import Feature, load
from dataflows.definitions.model import durations
from dataflows.definitions.model.hops import default_hop
from dataflows.kernels.opcodes import ValueKind
from tests.support.factories.definition_files import (
    DERIVED,
    FEATURE,
    ORDERS,
    Folder,
    feature_with,
    mistakes,
    only,
    with_line,
    without,
)
from tests.support.factories.definitions import DAY, HOUR, MINUTE

TOPIC = "persistent://public/default/feature-user_profile"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_definition(folder: Folder) -> None:
    definitions = load(folder(users__f=FEATURE))
    feature = only(definitions)
    assert (feature.window_ms, feature.hop_ms, feature.options) == (7 * DAY, 6 * HOUR, {})
    assert (feature.value_kind, feature.entity_type, feature.reads) == (ValueKind.REAL, "user", ())
    source = definitions.sources["orders"]
    assert source.entities == {"user_id": "user_id", "shop_id": "shop"}
    assert (source.max_future_ms, source.format, source.unknown_fields) == (5 * MINUTE, "json", "ignore")
    assert definitions.entity_ids == ("user_id",)
    assert definitions.of_entity("user_id") == (feature,)
    assert definitions.topics() == {TOPIC: (feature,)}


def test_a_source_says_when_it_is_silent_and_what_to_do_then(folder: Folder) -> None:
    """Neither helps to decide a value."""
    before = load(folder(users__f=FEATURE))
    orders = f"{ORDERS}silent_after: 26h\nrunbook: https://wiki.example.com/orders?a=1\n"
    after = load(folder(sources__orders=orders, users__f=f"{FEATURE}runbook: https://wiki.example.com/f\n"))
    assert (after.sources["orders"].silent_after_ms, only(after).runbook) == (26 * HOUR, "https://wiki.example.com/f")
    assert after.sources["orders"].runbook == "https://wiki.example.com/orders?a=1"
    assert before.sources["orders"].silent_after_ms is None and before.fingerprint == after.fingerprint
    assert after.sources_of(only(after).feature_name) == ("orders",)


def test_definitions_are_frozen_and_can_be_sent(folder: Folder) -> None:
    definitions = load(folder(users__f=FEATURE))
    for name in Feature.model_fields:
        with pytest.raises(ValidationError):
            setattr(only(definitions), name, None)
    again = pickle.loads(pickle.dumps(definitions))
    assert again.features == definitions.features
    assert again.fingerprint == definitions.fingerprint


def test_entities_may_be_a_list(folder: Folder) -> None:
    text = with_line(ORDERS, "entities: [user_id]")
    assert load(folder(sources__orders=text, users__f=FEATURE)).sources["orders"].entities == {"user_id": "user_id"}


def test_a_source_without_features_is_fine(folder: Folder) -> None:
    assert load(folder()).features == ()


def test_a_folder_without_definitions_is_not(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder, what in (
        (tmp_path, "it contains none"),
        (tmp_path / "missing", "is missing"),
        (tmp_path / "file", "a file"),
    ):
        (mistake,) = mistakes(folder)
        assert f"{folder.name}  expected a folder with definitions (*.yaml); it" in mistake
        assert what in mistake
        assert "`headrace init FOLDER`" in mistake


@pytest.mark.parametrize(
    ("window", "hop"),
    [
        ("1m", "1s"),
        ("30s", "1s"),
        ("5m", "10s"),
        ("10m", "10s"),
        ("1h", "1m"),
        ("90m", "1m"),
        ("2h", "5m"),
        ("24h", "1h"),
        ("7d", "6h"),
        ("1w", "6h"),
        ("30d", "1d"),
        ("90d", "1d"),
        ("61s", "1s"),
        ("25h", "1h"),
    ],
)
def test_the_default_hop(window: str, hop: str) -> None:
    assert default_hop(durations.parse(window)) == durations.parse(hop)


def test_lifetime_has_neither_window_nor_hop(folder: Folder) -> None:
    feature = feature_with(folder, "window: lifetime")
    assert (feature.window_ms, feature.hop_ms) == (0, 0)


@pytest.mark.parametrize("text", ["7", "7 d", "0d", "-1d", "1.5h", "1D", "07d", "7days", "", "1d2h", "\u0667d"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        durations.parse(text)


def test_options_are_complete(folder: Folder) -> None:
    feature = feature_with(folder, "aggregation: quantile", "quantile: 0.95")
    assert feature.options == {"quantile": 0.95, "relative_error": 0.01}
    assert feature_with(folder, "aggregation: last_k", "value_type: ARRAY<DOUBLE>", "k: 3").options == {"k": 3}


def test_count_needs_no_value(folder: Folder) -> None:
    text = with_line(with_line(without(FEATURE, "value"), "aggregation: count"), "value_type: INT32")
    assert only(load(folder(users__f=text))).value_kind is None


def test_a_derived_feature(folder: Folder) -> None:
    per_day, spend = load(folder(users__a=FEATURE, users__b=DERIVED)).features[::-1]
    assert (per_day.expression, per_day.reads, per_day.value_kind) == (
        "spend_7d / 7",
        ("spend_7d",),
        ValueKind.REAL,
    )
    assert (per_day.source, per_day.aggregation, per_day.window_ms, per_day.hop_ms) == (None, None, 0, 0)
    assert spend.expression is None


DECIDES = [
    "version: 2",
    "filter: event_type = 'refund'",
    "value: amount * 2",
    "aggregation: mean",
    "window: 14d",
    "hop: 1h",
    "value_type: FLOAT",
    "entity_id: shop_id",
]
DOES_NOT = [
    "owner: me@example.com",
    "description: Other words",
    "tags: [x]",
    "validation_rules: [{rule: not_null}]",
]


@pytest.mark.parametrize("line", DECIDES)
def test_what_decides_the_value_is_in_the_fingerprint(folder: Folder, line: str) -> None:
    assert feature_with(folder, line).fingerprint != feature_with(folder).fingerprint


@pytest.mark.parametrize("line", DOES_NOT)
def test_what_does_not_is_not(folder: Folder, line: str) -> None:
    assert feature_with(folder, line).fingerprint == feature_with(folder).fingerprint


def test_options_and_written_defaults(folder: Folder) -> None:
    lines = ("aggregation: quantile", "quantile: 0.9")
    plain = feature_with(folder, *lines).fingerprint
    assert feature_with(folder, *lines, "relative_error: 0.01", "hop: 6h").fingerprint == plain
    assert feature_with(folder, *lines, "relative_error: 0.02").fingerprint != plain


def test_the_source_is_part_of_the_fingerprint(folder: Folder) -> None:
    before = only(load(folder(users__f=FEATURE))).fingerprint
    changed = ORDERS.replace("quantity: INT64", "quantity: INT32")
    assert only(load(folder(sources__orders=changed))).fingerprint != before
    described = with_line(ORDERS, "description: Other words")
    assert only(load(folder(sources__orders=described))).fingerprint == before


def test_a_derived_feature_changes_with_what_it_reads(folder: Folder) -> None:
    before = load(folder(users__a=FEATURE, users__b=DERIVED))
    after = load(folder(users__a=with_line(FEATURE, "window: 14d")))
    assert [a.fingerprint != b.fingerprint for a, b in zip(before.features, after.features, strict=True)] == [
        True,
        True,
    ]
    assert before.fingerprint != after.fingerprint


def test_fingerprints_are_the_same_in_every_process(folder: Folder) -> None:
    """Changing these values would detach every saved state from its features."""
    assert feature_with(folder).fingerprint == "cedff5c1de6e417a"


def test_a_hundred_features_load_quickly(folder: Folder) -> None:
    files = {
        f"users__f{i}": with_line(with_line(FEATURE, f"feature_name: f{i}"), f"value: amount * {i}") for i in range(100)
    }
    path = folder(**files)
    begun = time.process_time()
    load(path)
    assert time.process_time() - begun < 5.0
