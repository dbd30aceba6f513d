"""Tests definitions that parse but cannot work: reserved names, baselines and rules without meaning."""

from pathlib import Path

import pytest

from dataflows.definitions.loader import load
from tests.support.factories.definition_files import DERIVED, FEATURE, ORDERS, Folder, mistakes, of_feature, with_line


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.mark.parametrize("name", ["as_of", "seq", "gone", "warming", "quarantined", "user_id"])
@pytest.mark.parametrize("text", [FEATURE, DERIVED])
def test_a_name_that_the_record_has_is_taken(folder: Folder, name: str, text: str) -> None:
    files = {"users__f": with_line(text, f"feature_name: {name}"), "users__a": FEATURE}
    (mistake,) = mistakes(folder(**files))
    assert mistake.startswith(f"users/f.yaml:1  feature_name: {name}; expected a name other than")


@pytest.mark.parametrize("name", ["shop_id", "as_of_last", "sequence", "value", "late"])
def test_other_names_are_free(folder: Folder, name: str) -> None:
    assert load(folder(users__f=with_line(FEATURE, f"feature_name: {name}"))).features[0].feature_name == name


TOO_LONG: list[str] = [
    f"feature_name: {'a' * 129}",
    f"description: {'a' * 1001}",
    f"owner: {'a' * 250}@b.io",
    f"topic_name: persistent://public/default/{'a' * 201}",
    "topic_name: persistent://public/default/..",
    "topic_name: persistent://../default/a",
    f"tags: [{'a' * 65}]",
    f"tags: [{', '.join(f't{number}' for number in range(33))}]",
    "tags: [a, b, a]",
    'description: "clear \\e[2J"',
    'owner: "a\\e[2J@b.io"',
    'tags: ["a\\u0007"]',
    "version: 2147483648",
    "window: 36501d",
    "window: 999999999w",
]


@pytest.mark.parametrize("line", TOO_LONG, ids=[line[:40] for line in TOO_LONG])
def test_what_has_no_room_is_refused(folder: Folder, line: str) -> None:
    (mistake,) = of_feature(folder, line)
    assert mistake.split("  ")[1].startswith(line.split(":", maxsplit=1)[0])
    assert "\x1b" not in mistake and "\x07" not in mistake


NUMBER, COUNT, LISTED = "amount", "count", "last_k"
OF_TYPE = {
    "DOUBLE": "",
    "INT64": "value: quantity\naggregation: last\n",
    "STRING": "value: event_type\naggregation: last\n",
    "BOOL": "value: quantity > 1\naggregation: last\n",
    "ARRAY<STRING>": "value: event_type\naggregation: last_k\nk: 3\n",
}
BASELINES: list[tuple[str, str, str]] = [
    ("INT64", "true_ratio: 0.5", "true_ratio"),
    ("ARRAY<STRING>", "true_ratio: 0.5", "true_ratio"),
    ("STRING", "mean: 3.0", "mean"),
    ("STRING", "p95: 3.0", "p95"),
    ("STRING", "true_ratio: 0.3", "true_ratio"),
    ("BOOL", "mean: 0.3", "mean"),
    ("BOOL", "unique_ratio: 0.3", "unique_ratio"),
    ("BOOL", "true_ratio: 1.5", "true_ratio"),
    ("DOUBLE", "mean: 1.0, std_dev: -1.0", "std_dev"),
    ("DOUBLE", "mean: 1.0, std_dev: 0", "std_dev"),
    ("DOUBLE", "std_dev: 0.0", "std_dev"),
    ("DOUBLE", "null_ratio: 7", "null_ratio"),
    ("DOUBLE", "null_ratio: -0.1", "null_ratio"),
    ("DOUBLE", "unique_ratio: 1.01", "unique_ratio"),
    ("DOUBLE", "null_ratio: 1, mean: 3", "null_ratio"),
    ("DOUBLE", "p50: 9.0, p95: 1.0", "p95"),
    ("DOUBLE", "p25: 9.0, p50: 1.0", "p50"),
    ("DOUBLE", "p99_9: 9.0, p99: 10.0", "p99_9"),
    ("DOUBLE", "p5: 1.0, p05: 1.0", "p05"),
    ("DOUBLE", "min: 9.0, max: 1.0", "max"),
    ("DOUBLE", "min: 9.0, p50: 1.0", "p50"),
    ("DOUBLE", "p50: 9.0, max: 1.0", "max"),
    ("DOUBLE", "mean: 5, min: 6", "mean"),
    ("DOUBLE", "mean: 5, max: 4", "mean"),
    ("DOUBLE", "min: 0, max: 10, std_dev: 11", "std_dev"),
    ("DOUBLE", "min: 3, max: 3, std_dev: 1", "std_dev"),
    ("INT64", "max: 1.0e+19", "max"),
    ("ARRAY<STRING>", "min: -1", "min"),
]


@pytest.mark.parametrize(("value_type", "baseline", "key"), BASELINES)
def test_a_baseline_that_watches_nothing_or_cannot_be(folder: Folder, value_type: str, baseline: str, key: str) -> None:
    (mistake,) = mistakes(folder(users__f=_feature(value_type, f"baseline_profile: {{{baseline}}}")))
    assert f"  baseline_profile.{key}: " in mistake


@pytest.mark.parametrize(
    ("value_type", "baseline"),
    [
        ("DOUBLE", "mean: 0, std_dev: 0.9, p99: 2.5"),
        ("DOUBLE", "min: -3, p0: -3, p50: 1, p99_9: 8, max: 8, mean: 1, std_dev: 2"),
        ("DOUBLE", "null_ratio: 0, unique_ratio: 1"),
        ("STRING", "null_ratio: 0.5, unique_ratio: 0.1"),
        ("BOOL", "true_ratio: 0, null_ratio: 1.0e-3"),
        ("ARRAY<STRING>", "mean: 3, max: 3"),
    ],
)
def test_a_baseline_that_agrees_with_itself(folder: Folder, value_type: str, baseline: str) -> None:
    baseline = baseline.replace("1.0e-3", "0.001")
    assert load(folder(users__f=_feature(value_type, f"baseline_profile: {{{baseline}}}")))


RULES: list[tuple[str, str, str]] = [
    ("STRING", "{rule: range, min: 1}", "[0].rule"),
    ("DOUBLE", "{rule: regex, pattern: a}", "[0].rule"),
    ("INT64", "{rule: range, min: 0.2, max: 0.8}", "[0].max"),
    ("INT64", "{rule: range, min: 1.0e+19}", "[0].min"),
    ("INT64", "{rule: range, min: -1.0e+19, max: 1.0e+19}", "[0].min"),
    ("STRING", "{rule: length, min: 0}", "[0].min"),
    ("STRING", "{rule: length, min: -1}", "[0].min"),
    ("STRING", "{rule: length, max: 99999999999}", "[0].max"),
    ("STRING", "{rule: allowed_values, values: []}", "[0].values"),
    ("STRING", "{rule: allowed_values, values: [a, b, a]}", "[0].values[2]"),
    ("BOOL", "{rule: allowed_values, values: [true, false]}", "[0].values"),
    ("DOUBLE", "{rule: unique_ratio, min: 0}", "[0].min"),
    ("DOUBLE", "{rule: max_age, seconds: 99999999999999}", "[0].seconds"),
    ("DOUBLE", "{rule: range, min: 1}, {rule: range, min: 1}", "[1].rule"),
    ("DOUBLE", "{rule: range, min: 5}, {rule: range, max: 1}", "[1].rule"),
    ("STRING", "{rule: length, min: 5}, {rule: length, max: 1}", "[1].rule"),
    ("STRING", "{rule: allowed_values, values: [a, bb]}, {rule: length, min: 3}", "[1].rule"),
    ("DOUBLE", "{rule: range, min: 5}, {rule: allowed_values, values: [1, 2]}", "[1].rule"),
    ("STRING", "{rule: allowed_values, values: [a]}, {rule: allowed_values, values: [b]}", "[1].rule"),
    ("DOUBLE", "{rule: monotonic, direction: increasing}, {rule: monotonic, direction: decreasing}", "[1].rule"),
]


@pytest.mark.parametrize(("value_type", "rules", "place"), RULES)
def test_a_rule_that_none_or_all_hold(folder: Folder, value_type: str, rules: str, place: str) -> None:
    (mistake,) = mistakes(folder(users__f=_feature(value_type, f"validation_rules: [{rules}]")))
    assert f"  validation_rules{place}" in mistake


def test_a_source_with_a_mistake_hides_none_of_its_features(folder: Folder) -> None:
    source = with_line(ORDERS, "columns: {event_type: STRING, user_id: STRING, shop: INT64, amount: DUBLE, at: INT64}")
    wrong = with_line(with_line(FEATURE, "filter: event_tpye = 'paid'"), "feature_name: other")
    lines = mistakes(folder(sources__orders=source, users__a=FEATURE, users__b=wrong))
    assert [line.split("; expected")[0] for line in lines] == [
        "sources/orders.yaml:3  columns.amount: DUBLE",
        "users/b.yaml:9  filter: event_tpye = 'paid'",
    ]


def test_a_mistake_in_a_key_hides_none_of_the_others(folder: Folder) -> None:
    wrong = with_line(with_line(FEATURE, "owner: me"), "value: amuont")
    assert [line.split(";")[0] for line in mistakes(folder(users__f=wrong))] == [
        "users/f.yaml:3  owner: me",
        "users/f.yaml:10  value: amuont",
    ]


def test_columns_that_differ_by_case_only(folder: Folder) -> None:
    source = ORDERS.replace("at: INT64", "at: INT64, Amount: DOUBLE")
    (mistake,) = mistakes(folder(sources__orders=source, users__f=FEATURE))
    assert "columns.Amount: DOUBLE; expected names that differ by more than case; amount is a column too" in mistake


def test_a_source_that_is_no_yaml_is_told_once(folder: Folder) -> None:
    lines = mistakes(folder(sources__orders=ORDERS + "x: [1\n", users__a=FEATURE))
    assert [line.split(":")[0] for line in lines] == ["sources/orders.yaml"]


def _feature(value_type: str, line: str) -> str:
    text = with_line(FEATURE, f"value_type: {value_type}")
    for given in OF_TYPE[value_type].splitlines():
        text = with_line(text, given)
    return with_line(text, line)
