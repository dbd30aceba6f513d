"""Definitions: what is read, what every mistake says, and which changes start a feature over."""

import json
import pickle
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from dataflows import durations, spec_schema
from dataflows.aggregations import AGGREGATIONS
from dataflows.column_types import VALUE_TYPES
from dataflows.definition_errors import DefinitionErrors
from dataflows.hops import default_hop
from dataflows.monoids import Kind
from dataflows.spec import Definitions, Feature, load

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "feature_specs"
TOPIC = "persistent://public/default/feature-user_profile"
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

ORDERS = """\
source: orders
topic: persistent://public/default/raw-orders
columns: {event_type: STRING, user_id: STRING, shop: INT64, amount: DOUBLE, quantity: INT64, gift: BOOL, at: INT64}
required: [event_type, at]
event_time: {column: at, unit: ms}
entities: {user_id: user_id, shop_id: shop}
"""
FEATURE = """\
feature_name: spend_7d
version: 1
owner: team@example.com
description: Spend of 7 days
value_type: DOUBLE
entity_id: user_id
topic_name: persistent://public/default/feature-user_profile
source: orders
filter: event_type = 'paid'
value: amount
aggregation: sum
window: 7d
"""
DERIVED = """\
feature_name: spend_per_day
version: 1
owner: team@example.com
description: Spend a day
value_type: DOUBLE
entity_id: user_id
topic_name: persistent://public/default/feature-user_profile
expression: spend_7d / 7
"""
Folder = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Writes files (path -> text) beside the source `orders`."""

    def write(**files: str) -> Path:
        for name, text in {"sources__orders": ORDERS, **files}.items():
            path = tmp_path / f"{name.replace('__', '/')}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def with_line(text: str, line: str) -> str:
    """The text with the line of this key replaced, or added at the end."""
    key = line.split(":", maxsplit=1)[0]
    lines = [line if old.startswith(f"{key}:") else old for old in text.splitlines()]
    return "\n".join(lines if line in lines else [*lines, line]) + "\n"


def without(text: str, *keys: str) -> str:
    return "".join(f"{line}\n" for line in text.splitlines() if line.split(":", maxsplit=1)[0] not in keys)


def mistakes(path: Path) -> list[str]:
    """What is said, with files named from the folder."""
    with pytest.raises(DefinitionErrors) as raised:
        load(path)
    return str(raised.value).replace(f"{path}/", "").splitlines()


def only(definitions: Definitions) -> Feature:
    (feature,) = definitions.features
    return feature


def one(folder: Folder, *lines: str) -> Feature:
    """The feature with some lines changed."""
    text = FEATURE
    for line in lines:
        text = with_line(text, line)
    return only(load(folder(users__f=text)))


def of_feature(folder: Folder, *lines: str, drop: tuple[str, ...] = ()) -> list[str]:
    """Mistakes of the feature with some lines changed."""
    text = without(FEATURE, *drop)
    for line in lines:
        text = with_line(text, line)
    return mistakes(folder(users__f=text))


def test_a_definition(folder: Folder) -> None:
    definitions = load(folder(users__f=FEATURE))
    feature = only(definitions)
    assert (feature.window_ms, feature.hop_ms, feature.options) == (7 * DAY, 6 * HOUR, {})
    assert (feature.value_kind, feature.entity_type, feature.reads) == (Kind.REAL, "user", ())
    source = definitions.sources["orders"]
    assert source.entities == {"user_id": "user_id", "shop_id": "shop"}
    assert (source.max_future_ms, source.format, source.unknown_fields) == (5 * MINUTE, "json", "ignore")
    assert definitions.entity_ids == ("user_id",)
    assert definitions.of_entity("user_id") == (feature,)
    assert definitions.topics() == {TOPIC: (feature,)}


def test_definitions_are_frozen_and_can_be_sent(folder: Folder) -> None:
    definitions = load(folder(users__f=FEATURE))
    with pytest.raises(ValidationError):
        setattr(only(definitions), "version"[:], 2)
    again = pickle.loads(pickle.dumps(definitions))
    assert again.features == definitions.features
    assert again.fingerprint == definitions.fingerprint


def test_entities_may_be_a_list(folder: Folder) -> None:
    text = with_line(ORDERS, "entities: [user_id]")
    assert load(folder(sources__orders=text, users__f=FEATURE)).sources["orders"].entities == {
        "user_id": "user_id"
    }


def test_a_source_without_features_is_fine(folder: Folder) -> None:
    assert load(folder()).features == ()


def test_a_folder_without_definitions_is_not(tmp_path: Path) -> None:
    assert "expected a folder with definitions" in mistakes(tmp_path)[0]
    assert "expected a folder with definitions" in mistakes(tmp_path / "missing")[0]


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
    feature = one(folder, "window: lifetime")
    assert (feature.window_ms, feature.hop_ms) == (0, 0)


@pytest.mark.parametrize(
    "text", ["7", "7 d", "0d", "-1d", "1.5h", "1D", "07d", "7days", "", "1d2h", "\u0667d"]
)
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        durations.parse(text)


def test_options_are_complete(folder: Folder) -> None:
    feature = one(folder, "aggregation: quantile", "quantile: 0.95")
    assert feature.options == {"quantile": 0.95, "relative_error": 0.01}
    assert one(folder, "aggregation: last_k", "value_type: ARRAY<DOUBLE>", "k: 3").options == {"k": 3}


def test_count_needs_no_value(folder: Folder) -> None:
    text = with_line(with_line(without(FEATURE, "value"), "aggregation: count"), "value_type: INT32")
    assert only(load(folder(users__f=text))).value_kind is None


WRONG: list[tuple[str, str]] = [
    (
        "feature_name: Spend",
        "f.yaml:1  feature_name: Spend; expected lower case letters, digits and _, a letter first",
    ),
    ("feature_name: _spend", "f.yaml:1  feature_name: _spend; expected lower case letters"),
    ("feature_name: \u00e9t\u00e9", "f.yaml:1  feature_name: \u00e9t\u00e9; expected lower case letters"),
    ("version: 0", "f.yaml:2  version: 0; expected at least 1"),
    ("version: '1'", "f.yaml:2  version: 1; expected a whole number; YAML reads it as text"),
    ("version: 1.5", "f.yaml:2  version: 1.5; expected a whole number"),
    ("version: 1e3", "f.yaml:2  version: 1e3; expected a whole number; YAML reads it as text"),
    ("version: yes", "f.yaml:2  version: yes; expected a whole number; put it in quotes if text is meant"),
    ("owner: risk-team", "f.yaml:3  owner: risk-team; expected an e-mail address such as"),
    ("description: no", "f.yaml:4  description: no; expected text; put it in quotes if text is meant"),
    (
        "description: 12:30:00",
        "f.yaml:4  description: 12:30:00; expected a plain decimal number; put it in quotes",
    ),
    ("description: ''", "f.yaml:4  description: ; expected some text"),
    ("value_type: FLAOT", "f.yaml:5  value_type: FLAOT; expected STRING or INT32"),
    ("value_type: FLAOT", "did you mean FLOAT"),
    ("value_type: INT64", "f.yaml:5  value_type: INT64; expected DOUBLE or FLOAT, which sum gives; of REAL"),
    ("entity_id: user", "f.yaml:6  entity_id: user; expected an entity key in lower case such as user_id"),
    ("entity_id: item_id", "f.yaml:6  entity_id: item_id; expected an entity of orders: user_id or shop_id"),
    ("topic_name: feature-users", "f.yaml:7  topic_name: feature-users; expected a full topic name"),
    (
        "topic_name: persistent://public/default/raw-orders",
        "f.yaml:7  topic_name: persistent://public/default/raw-orders; expected a topic of its own; "
        "it is the raw topic of orders",
    ),
    ("source: order", "f.yaml:8  source: order; expected a source instead of order; did you mean orders?"),
    (
        "filter: amuont > 1",
        "f.yaml:9  filter: amuont > 1; expected a column instead of amuont; did you mean amount?",
    ),
    ("filter: amount", "f.yaml:9  filter: amount; expected a truth value; it is REAL"),
    ("filter: SUM(amount) > 1", "f.yaml:9  filter: SUM(amount) > 1; expected an expression over one event"),
    ("value: event_type", "f.yaml:10  value: event_type; expected INT or REAL for sum to fold; it is TEXT"),
    ("value: 7", "f.yaml:10  value: 7; expected text; put it in quotes if text is meant"),
    ("aggregation: summ", "f.yaml:11  aggregation: summ; expected an aggregation; did you mean sum?"),
    (
        "aggregation: quantile",
        "f.yaml:1  quantile; expected a number from 0 to 1, which quantile needs; it is missing",
    ),
    ("window: 7", "f.yaml:12  window: 7; expected a duration such as 30s, 5m, 24h, 7d or 1w, or lifetime"),
    ("window: 12:30:00", "f.yaml:12  window: 12:30:00; expected a plain decimal number; put it in quotes"),
    ("hop: 5h", "f.yaml:13  hop: 5h; expected a hop that divides the window of 7d; the default would be 6h"),
    ("hop: 8d", "f.yaml:13  hop: 8d; expected a hop that divides the window of 7d"),
    ("hop: 1s", "f.yaml:13  hop: 1s; expected at most 10000 hops in the window of 7d"),
    ("hop: 500ms", "f.yaml:13  hop: 500ms; expected a duration"),
    ("k: 3", "f.yaml:13  k: 3; expected no option k with sum; sum has no options"),
    ("windwo: 7d", "f.yaml:13  windwo: 7d; expected a known key; did you mean window"),
    ("tags: risk", "f.yaml:13  tags: risk; expected a list"),
    ("tags: [risk, 7]", "f.yaml:13  tags[1]: 7; expected text; put it in quotes if text is meant"),
    ("baseline_profile: {average: 1.0}", "f.yaml:13  baseline_profile.average: 1.0; expected mean, std_dev"),
    ("baseline_profile: {mean: high}", "f.yaml:13  baseline_profile.mean: high; expected a number"),
    (
        "baseline_profile: {mean: 1e3}",
        "f.yaml:13  baseline_profile.mean: 1e3; expected a number; YAML reads it as text",
    ),
    (
        "baseline_profile: {mean: .inf}",
        "f.yaml:13  baseline_profile.mean: .inf; expected a plain decimal number",
    ),
    (
        "validation_rules: [{rule: nul}]",
        'f.yaml:13  validation_rules[0]: {"rule": "nul"}; expected not_null or range',
    ),
    ("validation_rules: [{min: 1}]", "expected a mapping with the key rule"),
    (
        "validation_rules: [not_null]",
        "f.yaml:13  validation_rules[0]: not_null; expected a mapping (key: value)",
    ),
    ("validation_rules: [{rule: not_null, max: 3}]", "validation_rules[0].max: 3; expected a known key"),
    ("validation_rules: [{rule: range}]", "expected min, max or both"),
    ("validation_rules: [{rule: range, min: 2, max: 1}]", "expected min at most max"),
    ("validation_rules: [{rule: range, min: '1'}]", "validation_rules[0].min: 1; expected a number"),
    ("validation_rules: [{rule: regex, pattern: a}]", "expected a rule for DOUBLE; this one is for STRING"),
    ("validation_rules: [{rule: regex, pattern: '('}]", "expected a regular expression; missing )"),
    (
        "validation_rules: [{rule: length, max: 3}]",
        "expected a rule for DOUBLE; this one is for ARRAY, STRING",
    ),
    (
        "validation_rules: [{rule: allowed_values, values: []}]",
        "validation_rules[0].values: []; expected at least one",
    ),
    (
        "validation_rules: [{rule: allowed_values, values: [a]}]",
        "validation_rules[0].values[0]: a; expected a DOUBLE",
    ),
    ("validation_rules: [{rule: max_age}]", "expected either seconds or duration"),
    (
        "validation_rules: [{rule: max_age, duration: 1}]",
        "validation_rules[0].duration: 1; expected a duration",
    ),
    ("validation_rules: [{rule: monotonic, direction: up}]", "up; expected increasing or decreasing"),
    ("validation_rules: [{rule: unique_ratio, min: 2}]", "validation_rules[0].min: 2; expected at most 1"),
    ("validation_rules: [{rule: not_null, on_violation: drop}]", "drop; expected flag or quarantine"),
    ("tests: [{events: [], at: noon, expect: {u: 1}}]", "tests[0].at: noon; expected a time such as"),
    ("tests: [{events: [], at: 2026-01-01, expect: {}}]", "tests[0].expect: {}; expected at least one entry"),
    ("tests: [{events: x, at: 2026-01-01, expect: {u: 1}}]", "tests[0].events: x; expected a list of events"),
    ("tests: [{events: [], at: 2026-01-01, expect: {u: yes}}]", "tests[0].expect.u: yes; expected a number"),
    (
        "tests: [{events: [], at: 2026-01-01, expect: {1: 2}}]",
        "tests[0].expect.1; expected text as a key; put it in",
    ),
    (
        "tests: [{events: [], at: 2026-01-01, expct: {u: 1}}]",
        'tests[0].expct: {"u": 1}; expected a known key',
    ),
    (
        "tests: [{events: [{event_type: no, at: 1}], at: 2026-01-01, expect: {u: 1}}]",
        "tests[0].events[0].event_type: no; expected text; put it in quotes if text is meant",
    ),
    (
        "tests: [{events: [{event_type: a}], at: 2026-01-01, expect: {u: 1}}]",
        'tests[0].events[0]: {"event_type": "a"}; expected the required column at; it is missing',
    ),
    (
        "tests: [{events: [{event_type: a, at: 1, amuont: 2}], at: 2026-01-01, expect: {u: 1}}]",
        "tests[0].events[0].amuont: 2; expected a column of orders; did you mean amount?",
    ),
    (
        "tests: [{events: {order: []}, at: 2026-01-01, expect: {u: 1}}]",
        "tests[0].events.order: []; expected a source the feature reads instead of order; did you mean orders?",
    ),
]


@pytest.mark.parametrize(("line", "says"), WRONG, ids=[line[:60] for line, _ in WRONG])
def test_what_a_mistake_in_a_feature_says(folder: Folder, line: str, says: str) -> None:
    said = of_feature(folder, line)
    assert len(said) == 1
    assert says in said[0]


@pytest.mark.parametrize(
    "key", ["feature_name", "version", "owner", "description", "value_type", "entity_id"]
)
def test_keys_that_must_be_there(folder: Folder, key: str) -> None:
    assert of_feature(folder, drop=(key,)) == [f"users/f.yaml:1  {key}; expected a value; it is missing"]


@pytest.mark.parametrize("key", ["source", "aggregation", "window", "value"])
def test_keys_that_a_folding_feature_needs(folder: Folder, key: str) -> None:
    (said,) = of_feature(folder, drop=(key,))
    assert said.startswith(f"users/f.yaml:1  {key}; expected a value")


WRONG_SOURCES = [
    ("source: Orders", "sources/orders.yaml:1  source: Orders; expected lower case letters"),
    ("topic: orders", "orders.yaml:2  topic: orders; expected a full topic name"),
    ("topic: non-persistent://public/default/x", "expected a full topic name"),
    ("format: avro", "orders.yaml:7  format: avro; expected json"),
    ("columns: {a: TEXT}", "orders.yaml:3  columns.a: TEXT; expected STRING or INT32"),
    ("columns: {}", "orders.yaml:3  columns: {}; expected at least one entry"),
    (
        "columns: {_a: STRING}",
        "orders.yaml:3  columns._a: STRING; expected letters, digits and _, a letter first",
    ),
    (
        "required: [event_typ]",
        "orders.yaml:4  required[0]: event_typ; expected a column instead of event_typ",
    ),
    (
        "event_time: {column: time}",
        "orders.yaml:5  event_time.column: time; expected a column instead of time",
    ),
    (
        "event_time: {column: at, unit: ns}",
        "orders.yaml:5  event_time.unit: ns; expected s or ms or us or iso",
    ),
    ("event_time: {column: at, unti: ms}", "event_time.unti: ms; expected a known key; did you mean unit?"),
    (
        "event_time: {column: event_type}",
        "columns.event_type: STRING; expected a type of DOUBLE or FLOAT or INT32",
    ),
    (
        "event_time: {column: at, unit: iso}",
        "columns.at: INT64; expected a type of TIMESTAMP for a time in iso",
    ),
    ("entities: {user_id: usr}", "orders.yaml:6  entities.user_id: usr; expected a column instead of usr"),
    ("entities: [item_id]", "orders.yaml:6  entities[0]: item_id; expected a column instead of item_id"),
    (
        "entities: {user_id: amount}",
        "columns.amount: DOUBLE; expected amount of type INT32 or INT64 or STRING",
    ),
    (
        "entities: {user: user_id}",
        "entities.user: user_id; expected an entity key in lower case such as user_id",
    ),
    ("entities: [user_id, user_id]", "expected each entity once"),
    ("entities: {}", "orders.yaml:6  entities: {}; expected at least one entry"),
    ("unknown_fields: drop", "orders.yaml:7  unknown_fields: drop; expected ignore or reject"),
    ("max_future: 5", "orders.yaml:7  max_future: 5; expected a duration"),
]


@pytest.mark.parametrize(("line", "says"), WRONG_SOURCES, ids=[line for line, _ in WRONG_SOURCES])
def test_what_a_mistake_in_a_source_says(folder: Folder, line: str, says: str) -> None:
    (said,) = mistakes(folder(sources__orders=with_line(ORDERS, line)))
    assert says in said


def test_a_broken_source_is_no_mistake_of_its_features(folder: Folder) -> None:
    said = mistakes(folder(sources__orders=with_line(ORDERS, "format: avro"), users__f=FEATURE))
    assert [line.split(" ")[0] for line in said] == ["sources/orders.yaml:7"]


def test_all_mistakes_of_all_files_at_once(folder: Folder) -> None:
    said = mistakes(
        folder(
            sources__orders=with_line(ORDERS, "unknown_fields: drop"),
            users__a=with_line(with_line(FEATURE, "version: 0"), "owner: me"),
            users__b=with_line(with_line(FEATURE, "feature_name: b"), "aggregation: add"),
            users__c="a: [1\n",
            users__d="a: 1\na: 2\nb: 010\n",
        )
    )
    assert [line.split(" ")[0] for line in said] == [
        "sources/orders.yaml:7",
        "users/a.yaml:2",
        "users/a.yaml:3",
        "users/b.yaml:11",
        "users/c.yaml:2",
        "users/d.yaml:2",
        "users/d.yaml:3",
    ]


def test_a_feature_name_once(folder: Folder) -> None:
    (said,) = mistakes(folder(users__a=FEATURE, users__b=FEATURE))
    assert "b.yaml:1  feature_name: spend_7d; expected a feature name once;" in said
    assert said.endswith("users/a.yaml:1 has it already")


def test_sources_and_raw_topics_once(folder: Folder) -> None:
    said = mistakes(folder(sources__zz=ORDERS))
    assert [line.split(";")[0].split("  ")[1] for line in said] == [
        "source: orders",
        "topic: persistent://public/default/raw-orders",
    ]


def test_a_feature_topic_is_of_one_entity(folder: Folder) -> None:
    other = with_line(with_line(FEATURE, "feature_name: shop_spend_7d"), "entity_id: shop_id")
    (said,) = mistakes(folder(users__a=FEATURE, users__b=other))
    assert "expected a topic of shop_id alone; spend_7d of user_id has it" in said


def test_a_derived_feature(folder: Folder) -> None:
    per_day, spend = load(folder(users__a=FEATURE, users__b=DERIVED)).features[::-1]
    assert (per_day.expression, per_day.reads, per_day.value_kind) == (
        "spend_7d / 7",
        ("spend_7d",),
        Kind.REAL,
    )
    assert (per_day.source, per_day.aggregation, per_day.window_ms, per_day.hop_ms) == (None, None, 0, 0)
    assert spend.expression is None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            "expression: spend_8d / 7",
            "b.yaml:8  expression: spend_8d / 7; expected a column instead of spend_8d",
        ),
        ("expression: SUM(spend_7d)", "expected an expression over one event"),
        ("expression: spend_per_day + 1", "expected no circle; spend_per_day needs spend_per_day"),
        ("expression: spend_7d +", "expected an expression in polars SQL"),
        (
            "value_type: STRING",
            "b.yaml:5  value_type: STRING; expected DOUBLE or FLOAT; the expression is REAL",
        ),
        ("entity_id: shop_id", "expected features of shop_id; spend_7d is of user_id"),
        ("window: 7d", "b.yaml:9  window: 7d; expected no window beside an expression"),
        ("aggregation: sum", "b.yaml:9  aggregation: sum; expected no aggregation beside an expression"),
        ("k: 3", "b.yaml:9  k: 3; expected no k beside an expression"),
    ],
)
def test_what_a_mistake_in_a_derived_feature_says(folder: Folder, line: str, says: str) -> None:
    said = mistakes(folder(users__a=FEATURE, users__b=with_line(DERIVED, line)))
    assert any(says in each for each in said)


def test_derived_features_may_need_each_other_but_not_in_a_circle(folder: Folder) -> None:
    chain = with_line(with_line(DERIVED, "feature_name: a_chain"), "expression: spend_per_day * 2")
    assert [
        f.feature_name for f in load(folder(users__a=FEATURE, users__b=DERIVED, users__c=chain)).features
    ] == [
        "a_chain",
        "spend_7d",
        "spend_per_day",
    ]
    circle = with_line(DERIVED, "expression: a_chain + spend_7d")
    (said,) = mistakes(folder(users__b=circle, users__c=chain))
    assert "expected no circle" in said
    assert "a_chain needs spend_per_day needs a_chain" in said or "spend_per_day needs a_chain needs" in said


def test_a_broken_feature_is_no_mistake_of_those_that_read_it(folder: Folder) -> None:
    (said,) = mistakes(folder(users__a=with_line(FEATURE, "version: 0"), users__b=DERIVED))
    assert "a.yaml:2" in said


def test_cases_are_ready_to_run(folder: Folder) -> None:
    text = FEATURE + (
        "tests:\n"
        "  - events:\n"
        "      - {event_type: paid, user_id: u1, amount: 1.5, at: 2026-01-01T00:00:00Z}\n"
        "      - {event_type: paid, user_id: u1, amount: 2, at: 1767225600001}\n"
        "    at: 2026-01-02\n"
        "    expect: {u1: 3.5, u2: null}\n"
    )
    (case,) = only(load(folder(users__f=text))).tests
    assert [source for source, _ in case.events] == ["orders", "orders"]
    assert [event["at"] for _, event in case.events] == [1_767_225_600_000, 1_767_225_600_001]
    assert (case.at, case.expect, case.name) == (1_767_312_000_000, {"u1": 3.5, "u2": None}, "case 1")


@pytest.mark.parametrize(
    ("kind", "unit", "time"),
    [
        ("INT64", "s", 1_767_225_600),
        ("INT64", "us", 1_767_225_600_250_000),
        ("DOUBLE", "s", 1_767_225_600.25),
        ("TIMESTAMP", "iso", "2026-01-01T00:00:00.250Z"),
    ],
)
def test_event_times_of_cases_are_in_the_unit_of_the_source(
    folder: Folder, kind: str, unit: str, time: object
) -> None:
    source = with_line(
        ORDERS.replace("at: INT64", f"at: {kind}"), f"event_time: {{column: at, unit: {unit}}}"
    )
    tests = "tests: [{events: [{event_type: a, at: '2026-01-01T00:00:00.250Z'}], at: 2026-01-02, expect: {u: 0.0}}]"
    (case,) = only(load(folder(sources__orders=source, users__f=with_line(FEATURE, tests)))).tests
    assert case.events[0][1]["at"] == time


def test_expected_times_are_datetimes(folder: Folder) -> None:
    feature = one(
        folder,
        "value: CAST(at AS TIMESTAMP(3))",
        "aggregation: last_k",
        "k: 2",
        "value_type: ARRAY<TIMESTAMP>",
        "tests: [{events: [], at: 2026-01-02, expect: {u: ['2026-01-01T00:00:00Z']}}]",
    )
    assert feature.tests[0].expect == {"u": [datetime(2026, 1, 1, tzinfo=UTC)]}


def test_a_derived_feature_over_two_sources_names_them_in_its_cases(folder: Folder) -> None:
    logins = with_line(ORDERS.replace("orders", "logins"), "entities: [user_id]")
    count = with_line(without(FEATURE, "value"), "source: logins")
    for line in ("feature_name: logins_7d", "aggregation: count", "value_type: INT32"):
        count = with_line(count, line)
    event = "{event_type: a, at: 1, user_id: u}"
    files = {"sources__logins": logins, "users__a": FEATURE, "users__l": count}
    derived = with_line(DERIVED, "expression: spend_7d / logins_7d")
    listed = with_line(derived, f"tests: [{{events: [{event}], at: 2026-01-01, expect: {{u: 1.0}}}}]")
    (said,) = mistakes(folder(**files, users__b=listed))
    assert "expected a list of events by source; it reads logins, orders" in said
    named = with_line(
        derived, f"tests: [{{events: {{logins: [{event}]}}, at: 2026-01-01, expect: {{u: 1.0}}}}]"
    )
    definitions = load(folder(**files, users__b=named))
    assert definitions.of_entity("user_id")[2].tests[0].events[0][0] == "logins"


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
    assert one(folder, line).fingerprint != one(folder).fingerprint


@pytest.mark.parametrize("line", DOES_NOT)
def test_what_does_not_is_not(folder: Folder, line: str) -> None:
    assert one(folder, line).fingerprint == one(folder).fingerprint


def test_options_and_written_defaults(folder: Folder) -> None:
    lines = ("aggregation: quantile", "quantile: 0.9")
    plain = one(folder, *lines).fingerprint
    assert one(folder, *lines, "relative_error: 0.01", "hop: 6h").fingerprint == plain
    assert one(folder, *lines, "relative_error: 0.02").fingerprint != plain


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
    """Changing this is changing what every kept state belongs to."""
    assert one(folder).fingerprint == "FINGERPRINT"


def test_a_hundred_features_load_quickly(folder: Folder) -> None:
    files = {
        f"users__f{i}": with_line(with_line(FEATURE, f"feature_name: f{i}"), f"value: amount * {i}")
        for i in range(100)
    }
    path = folder(**files)
    begun = time.perf_counter()
    load(path)
    assert time.perf_counter() - begun < 5.0


def test_the_shipped_definitions_use_everything() -> None:
    features = load(SHIPPED).features
    assert {f.aggregation for f in features if f.aggregation} == set(AGGREGATIONS)
    scalars = {value_type for value_type in VALUE_TYPES if "ARRAY" not in value_type}
    assert scalars <= {f.value_type for f in features}
    assert any(f.value_type.startswith("ARRAY") for f in features)
    assert sum(f.expression is not None for f in features) >= 2
    assert {0, MINUTE, HOUR, DAY, 7 * DAY, 30 * DAY, 90 * DAY} <= {f.window_ms for f in features}


@pytest.mark.parametrize("feature", load(SHIPPED).features, ids=lambda feature: feature.feature_name)
def test_every_shipped_feature_is_tested_and_described(feature: Feature) -> None:
    assert feature.tests
    assert feature.tags
    assert len(feature.description) > 20


@pytest.mark.parametrize("file", sorted(SHIPPED.rglob("*.yaml")), ids=lambda file: file.stem)
def test_every_shipped_file_names_its_schema(file: Path) -> None:
    first, *_ = file.read_text().splitlines()
    assert first == "# yaml-language-server: $schema=../schema.json"


def test_the_schema_is_current() -> None:
    assert (SHIPPED / "schema.json").read_text() == spec_schema.text(), "run python -m dataflows.spec_schema"


def test_the_schema_knows_every_key_that_is_used() -> None:
    made = json.loads((SHIPPED / "schema.json").read_text())
    known = {name: made["$defs"][name]["properties"].keys() for name in ("WrittenFeature", "WrittenSource")}
    for file in SHIPPED.rglob("*.yaml"):
        kind = "WrittenSource" if file.parent.name == "sources" else "WrittenFeature"
        assert yaml.safe_load(file.read_text()).keys() <= known[kind]
    assert made["$defs"]["WrittenFeature"]["additionalProperties"] is False
