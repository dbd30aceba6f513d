"""Tests mistakes in definitions: their place and their message."""

from pathlib import Path

import pytest

from tests.support.factories.definition_files import ORDERS, Folder, mistakes, of_feature, with_line, without


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


WRONG: list[tuple[str, str]] = [
    (
        "feature_name: Spend",
        "f.yaml:1  feature_name: Spend; expected lowercase letters, digits and _, starting with a letter",
    ),
    ("feature_name: _spend", "f.yaml:1  feature_name: _spend; expected lowercase letters"),
    ("feature_name: \u00e9t\u00e9", "f.yaml:1  feature_name: \u00e9t\u00e9; expected lowercase letters"),
    ("version: 0", "f.yaml:2  version: 0; expected at least 1"),
    ("version: '1'", "f.yaml:2  version: 1; expected a whole number; YAML reads it as text"),
    ("version: 1.5", "f.yaml:2  version: 1.5; expected a whole number"),
    ("version: 1e3", "f.yaml:2  version: 1e3; expected a whole number; YAML reads it as text"),
    ("version: yes", "f.yaml:2  version: yes; expected a whole number; put it in quotes to write text"),
    ("owner: risk-team", "f.yaml:3  owner: risk-team; expected an email address such as"),
    ("runbook: https://me:secret@wiki/f", "expected an http(s) address without a password"),
    ("description: no", "f.yaml:4  description: no; expected text; put it in quotes to write text"),
    (
        "description: 12:30:00",
        "f.yaml:4  description: 12:30:00; expected a plain decimal number; put it in quotes",
    ),
    ("description: ''", "f.yaml:4  description: ; expected some text"),
    ("value_type: FLAOT", "f.yaml:5  value_type: FLAOT; expected STRING, INT32"),
    ("value_type: FLAOT", "did you mean FLOAT"),
    ("value_type: INT64", "f.yaml:5  value_type: INT64; expected DOUBLE or FLOAT, which sum of DOUBLE gives"),
    ("entity_id: user", "f.yaml:6  entity_id: user; expected a lowercase entity key such as user_id"),
    ("entity_id: item_id", "f.yaml:6  entity_id: item_id; expected an entity of orders: user_id or shop_id"),
    ("topic_name: feature-users", "f.yaml:7  topic_name: feature-users; expected a full topic name"),
    (
        "topic_name: persistent://public/default/raw-orders",
        "f.yaml:7  topic_name: persistent://public/default/raw-orders; expected a topic that is not a raw topic; "
        "it is the raw topic of orders",
    ),
    ("source: order", "f.yaml:8  source: order; expected a source instead of order; did you mean orders?"),
    (
        "filter: amuont > 1",
        "f.yaml:9  filter: amuont > 1; expected a column instead of amuont; did you mean amount?",
    ),
    ("filter: amount", "f.yaml:9  filter: amount; expected a boolean; it is DOUBLE"),
    ("filter: SUM(amount) > 1", "f.yaml:9  filter: SUM(amount) > 1; expected an expression over one event"),
    ("value: event_type", "f.yaml:10  value: event_type; expected DOUBLE or INT64 for sum to aggregate; it is STRING"),
    ("value: 7", "f.yaml:10  value: 7; expected text; put it in quotes to write text"),
    ("window: 7", "it has no unit: 7s, 7m, 7h or 7d"),
    ("window: '7'", "it has no unit: 7s, 7m, 7h or 7d"),
    ("hop: 90", "it has no unit: 90s, 90m, 90h or 90d"),
    ("aggregation: summ", "f.yaml:11  aggregation: summ; expected an aggregation; did you mean sum?"),
    (
        "aggregation: quantile",
        "f.yaml:1  quantile; expected a number from 0 to 1, which quantile needs; it is missing",
    ),
    (
        "window: 7",
        "f.yaml:12  window: 7; expected a duration such as 30s, 5m, 24h, 7d or 1w, at most 36500d, or lifetime",
    ),
    ("window: 12:30:00", "f.yaml:12  window: 12:30:00; expected a plain decimal number; put it in quotes"),
    ("hop: 5h", "f.yaml:13  hop: 5h; expected a hop that divides the window of 7d; the default would be 6h"),
    ("hop: 8d", "f.yaml:13  hop: 8d; expected a hop that divides the window of 7d"),
    ("hop: 1s", "f.yaml:13  hop: 1s; expected at most 10000 hops in the window of 7d"),
    ("hop: 500ms", "f.yaml:13  hop: 500ms; expected a duration"),
    ("k: 3", "f.yaml:13  k: 3; expected no option k for sum; sum has no options"),
    ("windwo: 7d", "f.yaml:13  windwo: 7d; expected a known key; did you mean window"),
    ("tags: risk", "f.yaml:13  tags: risk; expected a list"),
    ("tags: [risk, 7]", "f.yaml:13  tags[1]: 7; expected text; put it in quotes to write text"),
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
        'f.yaml:13  validation_rules[0]: {"rule": "nul"}; expected not_null, range',
    ),
    ("validation_rules: [{min: 1}]", "expected a mapping with the key rule"),
    (
        "validation_rules: [not_null]",
        "f.yaml:13  validation_rules[0]: not_null; expected a mapping (key: value)",
    ),
    ("validation_rules: [{rule: not_null, max: 3}]", "validation_rules[0].max: 3; expected a known key"),
    ("validation_rules: [{rule: range}]", "expected min, max or both"),
    ("validation_rules: [{rule: range, min: 2, max: 1}]", "expected a min that is at most max"),
    ("validation_rules: [{rule: range, min: '1'}]", "validation_rules[0].min: 1; expected a number"),
    ("validation_rules: [{rule: regex, pattern: a}]", "expected a rule for DOUBLE; this rule applies to STRING"),
    ("validation_rules: [{rule: regex, pattern: '('}]", "expected a regular expression; missing )"),
    (
        "validation_rules: [{rule: length, max: 3}]",
        "expected a rule for DOUBLE; this rule applies to ARRAY, STRING",
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
        "tests: [{events: [], at: 2026-01-01, expect: {u: 1}, expct: {u: 1}}]",
        'tests[0].expct: {"u": 1}; expected a known key; did you mean expect?',
    ),
    (
        "tests: [{events: [{event_type: no, at: 1}], at: 2026-01-01, expect: {u: 1}}]",
        "tests[0].events[0].event_type: no; expected text; put it in quotes to write text",
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
        "tests[0].events.order: []; expected a source that the feature reads instead of order; did you mean orders?",
    ),
]


@pytest.mark.parametrize(("line", "says"), WRONG, ids=[line[:60] for line, _ in WRONG])
def test_what_a_mistake_in_a_feature_says(folder: Folder, line: str, says: str) -> None:
    lines = of_feature(folder, line)
    assert len(lines) == 1
    assert says in lines[0]


@pytest.mark.parametrize("key", ["feature_name", "version", "owner", "description", "value_type", "entity_id"])
def test_keys_that_must_be_there(folder: Folder, key: str) -> None:
    assert of_feature(folder, drop=(key,)) == [f"users/f.yaml:1  {key}; expected a value; it is missing"]


@pytest.mark.parametrize("key", ["source", "aggregation", "window", "value"])
def test_keys_that_a_folding_feature_needs(folder: Folder, key: str) -> None:
    (mistake,) = of_feature(folder, drop=(key,))
    assert mistake.startswith(f"users/f.yaml:1  {key}; expected a value")


WRONG_SOURCES = [
    ("source: Orders", "sources/orders.yaml:1  source: Orders; expected lowercase letters"),
    ("topic: orders", "orders.yaml:2  topic: orders; expected a full topic name"),
    ("topic: non-persistent://public/default/x", "expected a full topic name"),
    ("format: avro", "orders.yaml:7  format: avro; expected json"),
    ("columns: {a: TEXT}", "orders.yaml:3  columns.a: TEXT; expected STRING, INT32"),
    ("columns: {}", "orders.yaml:3  columns: {}; expected at least one entry"),
    (
        "columns: {_a: STRING}",
        "orders.yaml:3  columns._a: STRING; expected letters, digits and _, starting with a letter",
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
        "orders.yaml:5  event_time.unit: ns; expected s, ms, us or iso",
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
        "entities.user: user_id; expected a lowercase entity key such as user_id",
    ),
    ("entities: [user_id, user_id]", "expected each entity once"),
    ("entities: {}", "orders.yaml:6  entities: {}; expected at least one entry"),
    ("unknown_fields: drop", "orders.yaml:7  unknown_fields: drop; expected ignore or reject"),
    ("max_future: 5", "orders.yaml:7  max_future: 5; expected a duration"),
    ("silent_after: nightly", "orders.yaml:7  silent_after: nightly; expected a duration"),
    ("runbook: wiki/orders", "orders.yaml:7  runbook: wiki/orders; expected an http(s) address"),
]


@pytest.mark.parametrize(("line", "says"), WRONG_SOURCES, ids=[line for line, _ in WRONG_SOURCES])
def test_what_a_mistake_in_a_source_says(folder: Folder, line: str, says: str) -> None:
    (mistake,) = mistakes(folder(sources__orders=with_line(ORDERS, line)))
    assert says in mistake


@pytest.mark.parametrize("key", ["source", "topic", "columns", "event_time", "entities"])
def test_keys_that_a_source_needs(folder: Folder, key: str) -> None:
    assert mistakes(folder(sources__orders=without(ORDERS, key))) == [
        f"sources/orders.yaml:1  {key}; expected a value; it is missing"
    ]
