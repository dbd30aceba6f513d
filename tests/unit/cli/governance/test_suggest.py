"""Tests `headrace test --suggest`: real events become a passing test that shows the inputs of the value."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.embedded.topics import append
from dataflows.definitions.reading.yaml_document import read
from tests.support.programs.command_line import ORDERS, SPENT, headrace

NOON = 1_767_268_800_000  # 2026-01-01T12:00:00Z
HOUR = 3_600_000
TOPIC = "persistent://public/default/raw-order-events"
NOTE = "# suggested from real events; check it before you rely on it"


@pytest.fixture
def shop(specs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return specs


def order(user: str, time: int, amount: float | None, kind: str = "payment_success", **more: object) -> dict[str, Any]:
    return {"event_type": kind, "user_id": user, "amount": amount, "timestamp": time, "email": "a@b.c", **more}


EVENTS = [
    order("u42", NOON - 30 * HOUR, 99.0),
    *(order("u42", NOON - hour * HOUR, float(hour)) for hour in range(9, 0, -1)),
    order("u42", NOON - 3 * HOUR + 1, 500.0, "payment_failed"),
    order("u7", NOON - HOUR, 1_000.0),
    {"event_type": 7},
]
CHOSEN = [
    ("payment_success", 99.0),
    ("payment_success", 3.0),
    ("payment_failed", 500.0),
    ("payment_success", 2.0),
    ("payment_success", 1.0),
]
"""Events of u42 in the suggested test: those that count, one that is too old, and one that failed."""


def publish(shop: Path, events: Sequence[dict[str, Any]] = EVENTS) -> None:
    payloads = [msgspec.json.encode(event) for event in events]
    append(shop.parent / "var" / "topics", TOPIC, ["x"] * len(events), payloads, lambda: NOON)


def cases(shop: Path, name: str = "user_spent_1d") -> list[dict[str, Any]]:
    tests: list[dict[str, Any]] = read((shop / "user" / f"{name}.yaml").read_bytes()).value["tests"]
    return tests


def test_a_few_events_of_the_topic_become_a_test_that_passes(shop: Path) -> None:
    publish(shop)
    answer = headrace("test", "--suggest", "user_spent_1d", "--entity", "u42")
    assert answer.exit_code == 0, answer.output
    assert "user_spent_1d: wrote a test with 5 events to " in answer.output
    assert "orders: skipped 1 message that a run would reject" in answer.output
    *_, case = cases(shop)
    assert [(event["event_type"], event["amount"]) for event in case["events"]] == CHOSEN
    assert {key for event in case["events"] for key in event} == {"event_type", "user_id", "amount", "timestamp"}
    assert (case["at"], case["expect"]) == ("2026-01-01T11:00:00.001Z", {"u42": 6.0})
    text = (shop / "user" / "user_spent_1d.yaml").read_text()
    assert text.startswith(SPENT)
    assert text.removeprefix(SPENT).startswith(f"  {NOTE}\n  - name: ")
    assert headrace("test").exit_code == 0
    assert "1 failed" not in headrace("test", "user_spent_1d").output


def test_at_a_time_and_from_a_file(shop: Path) -> None:
    file = shop.parent / "events.jsonl"
    file.write_text("\n\n".join(json.dumps(event) for event in EVENTS))
    time_option = ("--at", "2026-01-01T04:30:00Z")
    answer = headrace("test", "--suggest", "user_spent_1d", "--entity", "u42", "--events", str(file), *time_option)
    assert answer.exit_code == 0, answer.output
    *_, case = cases(shop)
    assert case["expect"] == {"u42": 99.0 + 9.0 + 8.0}
    assert case["at"] == "2026-01-01T04:30:00Z"
    assert [event["timestamp"] for event in case["events"]] == [
        "2025-12-31T06:00:00Z",
        "2026-01-01T03:00:00Z",
        "2026-01-01T04:00:00Z",
    ]


def test_ids_are_hashed_alike_everywhere(shop: Path) -> None:
    publish(shop)
    answer = headrace("test", "--suggest", "user_spent_1d", "--entity", "u42", "--hash-ids")
    assert answer.exit_code == 0, answer.output
    *_, case = cases(shop)
    ((entity, value),) = case["expect"].items()
    assert entity.startswith("id_")
    assert {event["user_id"] for event in case["events"]} == {entity}
    assert value == 6.0
    assert "u42" not in (shop / "user" / "user_spent_1d.yaml").read_text()
    headrace("test", "--suggest", "user_spent_1d", "--entity", "u42", "--hash-ids")
    assert set(cases(shop)[-1]["expect"]) != {entity}


@pytest.mark.parametrize(
    ("lines", "amounts", "expected"),
    [
        (["aggregation: max"], [3.0, 1.0], 3.0),
        (["aggregation: last"], [2.0, 1.0], 1.0),
        (["aggregation: count", "value_type: INT64"], [3.0, 2.0, 1.0], 3),
        (["aggregation: last_k", "k: 2", "value_type: ARRAY<DOUBLE>"], [2.0, 1.0], [1.0, 2.0]),
        (["value_type: TIMESTAMP", "aggregation: max", "value: CAST(timestamp AS TIMESTAMP(3))"], [2.0, 1.0], None),
        (["value_type: STRING", "aggregation: last", "value: event_type"], [2.0, 1.0], "payment_success"),
        (["aggregation: std"], [3.0, 2.0, 1.0], 1.0),
    ],
)
def test_events_that_make_no_difference_go(
    shop: Path, lines: list[str], amounts: list[float], expected: object
) -> None:
    keys = {line.split(":")[0] for line in lines}
    other_lines = [line for line in SPENT.split("tests:")[0].splitlines() if line.split(":")[0] not in keys]
    path = shop / "user" / "user_spent_1d.yaml"
    path.write_text("\n".join([*other_lines, *lines]))
    counted = [event for event in EVENTS if event.get("event_type") == "payment_success" and event["amount"] < 99]
    publish(shop, sorted(counted, key=lambda event: (event["amount"] * 7) % 10))
    answer = headrace("test", "--suggest", "user_spent_1d", "--entity", "u42")
    assert answer.exit_code == 0, answer.output
    (case,) = cases(shop)
    assert [event["amount"] for event in case["events"] if "amount" in event] in (amounts, [])
    assert case["expect"] == {"u42": expected or "2026-01-01T11:00:00Z"}


LOGINS = """
source: logins
topic: "persistent://public/default/raw-logins"
columns: {uid: INT64, at: DOUBLE, ok: BOOL}
event_time: {column: at, unit: s}
entities: {user_id: uid}
"""
PER_LOGIN = """
feature_name: user_spent_per_login
version: 1
owner: shop@example.com
description: "x"
value_type: DOUBLE
entity_id: user_id
topic_name: "persistent://public/default/feature-user"
expression: user_spent_1d / user_logins
"""
COUNT = """
feature_name: user_logins
version: 1
owner: shop@example.com
description: "x"
value_type: INT64
entity_id: user_id
topic_name: "persistent://public/default/feature-user"
source: logins
aggregation: count
filter: ok
window: lifetime
"""


def _derive_from_two_sources(shop: Path) -> None:
    (shop / "user" / "user_logins.yaml").write_text(COUNT)
    (shop / "user" / "user_spent_per_login.yaml").write_text(PER_LOGIN)
    (shop / "sources" / "logins.yaml").write_text(LOGINS)
    (shop / "sources" / "orders.yaml").write_text(ORDERS.replace("user_id: STRING", "user_id: INT64"))
    (shop / "user" / "user_spent_1d.yaml").write_text(SPENT.split("tests:")[0])


def test_a_derived_feature_over_two_sources(shop: Path) -> None:
    _derive_from_two_sources(shop)
    orders, logins = shop.parent / "o=1.jsonl", shop.parent / "logins.jsonl"
    orders.write_text(json.dumps({**order("x", NOON - 1, 8.0), "user_id": 42}))
    logins.write_text("\n".join(json.dumps({"uid": 42, "at": NOON / 1000 - n - 0.25, "ok": True}) for n in range(4)))
    command = ("test", "--suggest", "user_spent_per_login", "--entity", "42")
    refused = headrace(*command, "--events", str(logins))
    assert (refused.exit_code, "expected --events logins=FILE --events orders=FILE" in refused.output) == (2, True)
    answer = headrace(*command, "--events", f"orders={orders}", "--events", f"logins={logins}")
    assert answer.exit_code == 0, answer.output
    (case,) = cases(shop, "user_spent_per_login")
    assert case["events"]["logins"][0] == {"uid": 42, "at": "2026-01-01T11:59:57.750Z", "ok": True}
    assert case["expect"] == {"42": pytest.approx(8 / 3)}
    hashed = headrace(*command, "--events", f"orders={orders}", "--events", f"logins={logins}", "--hash-ids")
    assert hashed.exit_code == 0, hashed.output
    assert headrace("test").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--suggest", "user_spend_1d", "--entity", "u42"], 2, "did you mean user_spent_1d?"),
        (["--suggest", "user_spent_1d"], 2, "--suggest needs an entity id"),
        (["--entity", "u42"], 2, "need --suggest NAME"),
        (["--suggest", "user_spent_1d", "--entity", "u9"], 1, "the entity has no event for"),
        (
            ["--suggest", "user_spent_1d", "--entity", "u42", "--at", "2026-01-05"],
            1,
            "hint: --at 2026-01-01T11:00:00.001Z",
        ),
        (["--suggest", "user_spent_1d", "--entity", "u42", "--at", "soon"], 2, "neither a time nor a position"),
        (["--suggest", "user_spent_1d", "--entity", "u42", "--events", "none"], 2, "no such file"),
        (["--suggest", "user_spent_1d", "--entity", "u42", "--fuzz"], 2, "--suggest cannot be combined with --fuzz"),
        (["unknown"], 2, "unknown feature 'unknown'"),
    ],
)
def test_mistakes_are_one_clear_line(shop: Path, arguments: list[str], code: int, said: str) -> None:
    publish(shop)
    refused = headrace("test", *arguments)
    assert (refused.exit_code, said in refused.output) == (code, True), refused.output
    assert "Traceback" not in refused.output
    assert (shop / "user" / "user_spent_1d.yaml").read_text() == SPENT
