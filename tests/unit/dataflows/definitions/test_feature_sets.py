"""Tests feature sets: the meaning of a file in `sets/`, and every mistake in it with its place."""

from pathlib import Path

import pytest

from dataflows.definitions import Definitions, UnknownSet
from dataflows.definitions.loader import load
from tests.support.factories.definition_files import (
    DERIVED,
    FEATURE,
    FEATURE_SET,
    ORDERS,
    Folder,
    mistakes,
    with_line,
    without,
)

SHOP_FEATURE = with_line(
    with_line(with_line(FEATURE, "feature_name: shop_spend_7d"), "entity_id: shop_id"),
    "topic_name: persistent://public/default/feature-shop",
)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def of_set(folder: Folder, *lines: str, drop: tuple[str, ...] = ()) -> list[str]:
    """Returns the mistakes of the feature set with some lines changed."""
    text = FEATURE_SET
    for line in lines:
        text = with_line(without(text, *drop), line)
    return mistakes(folder(sets__s=without(text, *drop), users__f=FEATURE, users__d=DERIVED))


def listing(*features: str) -> str:
    """Returns the set with these features, one per line, the first in line 6."""
    lines = "".join(f"  - {feature}\n" for feature in features)
    return FEATURE_SET.replace("  - spend_per_day\n  - spend_7d\n", lines)


def of_two_entities(folder: Folder) -> Definitions:
    """Returns a set of features of users and of shops."""
    text = listing("spend_per_day", "shop_spend_7d", "spend_7d")
    text += "tags: [risk]\nreference: data/train.parquet\n"
    return load(folder(sets__s=text, users__f=FEATURE, users__d=DERIVED, shops__f=SHOP_FEATURE))


def test_a_set_holds_its_features_in_the_order_of_its_file(folder: Folder) -> None:
    definitions = of_two_entities(folder)
    assert list(definitions.sets) == ["fraud_v1"]
    feature_set = definitions.feature_set("fraud_v1")
    assert feature_set.names == ("spend_per_day", "shop_spend_7d", "spend_7d")
    assert [feature.feature_name for feature in feature_set.of_entity("user_id")] == ["spend_per_day", "spend_7d"]
    assert [feature.feature_name for feature in feature_set.of_entity("shop_id")] == ["shop_spend_7d"]
    assert feature_set.of_entity("planet_id") == ()
    assert feature_set.entity_ids == ("shop_id", "user_id")
    assert all(feature in definitions.features for feature in feature_set.features)


def test_a_set_says_who_reads_it_and_what_it_was_trained_on(folder: Folder) -> None:
    feature_set = of_two_entities(folder).feature_set("fraud_v1")
    assert [(consumer.name, consumer.owner) for consumer in feature_set.consumers] == [("checkout", "shop@example.com")]
    assert (feature_set.version, feature_set.owner, feature_set.tags, feature_set.reference) == (
        1,
        "team@example.com",
        ("risk",),
        "data/train.parquet",
    )


def test_consumers_tags_and_a_reference_may_come_later(folder: Folder) -> None:
    text = "set_name: s\nversion: 1\nowner: a@example.com\ndescription: d\nfeatures: [spend_7d]\n"
    feature_set = load(folder(sets__s=text, users__f=FEATURE)).feature_set("s")
    assert (feature_set.consumers, feature_set.tags, feature_set.reference) == ((), (), None)


def test_a_set_decides_no_value(folder: Folder) -> None:
    before = load(folder(users__f=FEATURE, users__d=DERIVED))
    assert before.sets == {}
    for text in (FEATURE_SET, with_line(FEATURE_SET, "version: 2"), listing("spend_7d")):
        after = load(folder(sets__s=text))
        assert after.sets
        assert (after.fingerprint, after.features, after.topics()) == (
            before.fingerprint,
            before.features,
            before.topics(),
        )


def test_sets_come_ordered_by_name(folder: Folder) -> None:
    other = with_line(FEATURE_SET, "set_name: a")
    loaded = load(folder(sets__s=FEATURE_SET, more__sets__z=other, users__f=FEATURE, users__d=DERIVED))
    assert list(loaded.sets) == ["a", "fraud_v1"]


@pytest.mark.parametrize("known", [{}, {"sets__s": FEATURE_SET, "users__d": DERIVED}])
def test_an_unknown_set_names_the_known_ones(folder: Folder, known: dict[str, str]) -> None:
    definitions = load(folder(users__f=FEATURE, **known))
    expected = "one of: fraud_v1" if known else "none, because sets/ defines no set"
    with pytest.raises(UnknownSet) as raised:
        definitions.feature_set("fraud_v2\x1b")
    assert str(raised.value) == f"unknown feature set 'fraud_v2\\x1b'; expected {expected}"


@pytest.mark.parametrize(
    ("features", "says"),
    [
        (["spend_7d", "spend_8d"], ":7  features[1]: spend_8d; expected a feature instead of spend_8d; did you mean"),
        (["Spend_7d"], ":6  features[0]: Spend_7d; expected a feature instead of Spend_7d; did you mean spend_7d"),
        (["''"], ":6  features[0]: ; expected a feature instead of ; available: spend_7d, spend_per_day"),
        (["orders"], ":6  features[0]: orders; expected a feature instead of orders;"),
        (
            ["spend_7d", "spend_per_day", "spend_7d"],
            ":8  features[2]: spend_7d; expected each feature once; features[0]",
        ),
        (["5"], ":6  features[0]: 5; expected text; put it in quotes"),
        (["{name: spend_7d}"], ':6  features[0]: {"name": "spend_7d"}; expected text'),
        (["[spend_7d]"], ':6  features[0]: ["spend_7d"]; expected text'),
        (["null"], ":6  features[0]: null; expected text"),
        (["010"], ":6  features[0]: 010; expected a plain decimal number; put it in quotes"),
    ],
)
def test_a_feature_that_is_none_is_named_with_its_line(folder: Folder, features: list[str], says: str) -> None:
    (mistake,) = mistakes(folder(sets__s=listing(*features), users__f=FEATURE, users__d=DERIVED))
    assert f"sets/s.yaml{says}" in mistake


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("features: []", "expected at least one entry"),
        ("features: spend_7d", "features: spend_7d; expected a list"),
        ("features: {spend_7d: 1}", "expected a list"),
        ("features:", "expected a list"),
        ("set_name: Fraud", "set_name: Fraud; expected lowercase letters, digits and _"),
        ("set_name: fraud-v1", "expected lowercase letters, digits and _"),
        (f"set_name: {'a' * 129}", "at most 128 characters"),
        ("set_name: 1", "set_name: 1; expected text; put it in quotes"),
        ("set_name: spend_7d", "expected a name other than spend_7d; it is a feature"),
        ("set_name: orders", "expected a name other than orders; it is a source"),
        ("set_name: user_id", "expected a name other than user_id; it is the key of an entity"),
        ("set_name: as_of", "it is a field of every record"),
        ("set_name: warming", "it is a field of every record"),
        ("version: 0", "version: 0; expected at least 1"),
        ("version: '1'", "expected a whole number"),
        ("version: 1.0", "expected a whole number"),
        ("owner: team", "expected an email address"),
        ("description: ''", "expected some text"),
        ("tags: [a, a]", "expected each entry once"),
        ("reference: train.csv", "reference: train.csv; expected the path or the URL of a Parquet file"),
        ("reference: .parquet/", "expected the path or the URL of a Parquet file"),
        ("reference: data/.parquet", "expected the path or the URL of a Parquet file"),
        ("reference: 5", "reference: 5; expected text"),
        ("featurs: [spend_7d]", 'featurs: ["spend_7d"]; expected a known key; did you mean features?'),
        ("window: 7d", "window: 7d; expected a known key; available: consumers, deprecated, description"),
    ],
)
def test_a_wrong_key_is_told(folder: Folder, line: str, says: str) -> None:
    key = line.partition(":")[0]
    drop = ("  - spend_per_day", "  - spend_7d") if key == "features" else ()
    (mistake,) = [line_said for line_said in of_set(folder, line, drop=drop) if f"  {key}" in line_said]
    assert says in mistake


@pytest.mark.parametrize("key", ["set_name", "version", "owner", "description", "features"])
def test_a_missing_key_is_told(folder: Folder, key: str) -> None:
    drop = (key, "  - spend_per_day", "  - spend_7d") if key == "features" else (key,)
    assert of_set(folder, drop=drop) == [f"sets/s.yaml:1  {key}; expected a value; it is missing"]


@pytest.mark.parametrize(
    ("consumer", "says"),
    [
        ("checkout", "consumers[1]: checkout; expected a mapping"),
        ("{name: shop}", "consumers[1].owner; expected a value; it is missing"),
        ("{owner: a@example.com}", "consumers[1].name; expected a value; it is missing"),
        ("{name: shop, owner: me}", "consumers[1].owner: me; expected an email address"),
        ("{name: shop, owner: a@example.com, mail: x}", "consumers[1].mail: x; expected a known key; available: name"),
        (
            "{name: checkout, owner: b@example.com}",
            "consumers[1].name: checkout; expected each consumer once; consumers[0]",
        ),
    ],
)
def test_a_wrong_consumer_is_told(folder: Folder, consumer: str, says: str) -> None:
    text = f"{FEATURE_SET}  - {consumer}\n"
    (mistake,) = mistakes(folder(sets__s=text, users__f=FEATURE, users__d=DERIVED))
    assert f"sets/s.yaml:10  {says}" in mistake


def test_a_set_name_once(folder: Folder) -> None:
    (mistake,) = mistakes(folder(sets__s=FEATURE_SET, sets__t=FEATURE_SET, users__f=FEATURE, users__d=DERIVED))
    assert "sets/t.yaml:1  set_name: fraud_v1; expected a unique set name;" in mistake
    assert mistake.endswith("sets/s.yaml:1 already uses it")


def test_no_mistake_hides_another(folder: Folder) -> None:
    text = with_line(with_line(listing("spend_8d", "5", "spend_7d", "spend_7d"), "owner: me"), "set_name: Fraud")
    lines = mistakes(folder(sets__s=f"{text}colour: red\n", users__f=with_line(FEATURE, "version: 0")))
    assert [line.split(";")[0].partition(":")[0] + ":" + line.split(";")[0].split("  ")[1] for line in lines] == [
        "sets/s.yaml:set_name: Fraud",
        "sets/s.yaml:owner: me",
        "sets/s.yaml:features[0]: spend_8d",
        "sets/s.yaml:features[1]: 5",
        "sets/s.yaml:features[3]: spend_7d",
        "sets/s.yaml:colour: red",
        "users/f.yaml:version: 0",
    ]


def test_a_feature_with_a_mistake_is_no_mistake_of_its_sets(folder: Folder) -> None:
    """The same holds for one whose file cannot be read: its name is the file's."""
    broken = {"users__f": with_line(FEATURE, "value: amout"), "users__spend_per_day": "a: [1\n"}
    lines = mistakes(folder(sets__s=FEATURE_SET, **broken))
    assert [line.split(":")[0] for line in lines] == ["users/f.yaml", "users/spend_per_day.yaml"]


@pytest.mark.parametrize(
    ("place", "text", "says"),
    [
        (
            "users__s",
            FEATURE_SET,
            "users/s.yaml:1  set_name: fraud_v1; expected a feature in this folder; it is a feature set",
        ),
        ("sources__s", FEATURE_SET, "sources/s.yaml:1  set_name: fraud_v1; expected a source in this folder; it is a"),
        (
            "sets__f",
            FEATURE,
            "sets/f.yaml:1  feature_name: spend_7d; expected a feature set in this folder; it is a feature",
        ),
        ("sets__o", with_line(ORDERS, "source: other"), "sets/o.yaml:3  columns: "),
        ("users__o", with_line(ORDERS, "source: other"), "users/o.yaml:3  columns: "),
        ("sources__f", FEATURE, "sources/f.yaml:1  feature_name: spend_7d; expected a source in this folder; it is a"),
    ],
)
def test_a_file_in_the_folder_of_another_kind_is_one_mistake(folder: Folder, place: str, text: str, says: str) -> None:
    (mistake,) = mistakes(folder(**{place: text, "users__g": with_line(FEATURE, "feature_name: g")}))
    assert mistake.startswith(says)
    assert "which belongs in a folder named" in mistake
