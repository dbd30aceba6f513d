"""The command line: what each command answers, with which exit code, and that mistakes are one clear line."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from cli.publish import key_of
from connectors import redis_embedded
from connectors.redis import connect
from dataflows.settings import Settings

ORDERS = """
source: orders
topic: "persistent://public/default/raw-order-events"
columns: {event_type: STRING, user_id: STRING, amount: DOUBLE, timestamp: INT64}
required: [event_type, timestamp]
event_time: {column: timestamp, unit: ms}
entities: [user_id]
"""
SPENT = """
feature_name: user_spent_1d
version: 1
owner: shop@example.com
description: "What the user paid in the last day"
value_type: DOUBLE
entity_id: user_id
topic_name: "persistent://public/default/feature-user"
source: orders
filter: "event_type = 'payment_success'"
value: amount
aggregation: sum
window: 1d
tests:
  - events: [{event_type: payment_success, user_id: u1, amount: 7.5, timestamp: "2026-01-01T00:00:00Z"}]
    at: "2026-01-01T12:00:00Z"
    expect: {u1: 7.5}
"""
NOON = 1_767_268_800_000  # 2026-01-01T12:00:00Z


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with one source and one feature, and settings that point into a temporary folder."""
    folder = tmp_path / "specs"
    (folder / "sources").mkdir(parents=True)
    (folder / "user").mkdir()
    (folder / "sources" / "orders.yaml").write_text(ORDERS)
    (folder / "user" / "user_spent_1d.yaml").write_text(SPENT)
    for name in [name for name in os.environ if name.startswith("HEADRACE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HEADRACE_SPECS", str(folder))
    monkeypatch.setenv("HEADRACE_VAR", str(tmp_path / "var"))
    yield folder
    redis_embedded.release(tmp_path / "var")


def headrace(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


def lines_of(var: Path, topic: str) -> str:
    return "".join(
        path.read_text() for path in sorted((var / "topics").rglob("*")) if is_segment(path, topic)
    )


def is_segment(path: Path, topic: str) -> bool:
    return path.is_file() and topic in path.parts and path.name != "meta.json"


@pytest.mark.parametrize("command", ["run", "replay", "publish", "traffic", "get", "validate", "test"])
def test_every_command_teaches(command: str) -> None:
    helped = headrace(command, "--help")
    assert helped.exit_code == 0
    for word in ("Examples:", f"headrace {command}", "Exit code:"):
        assert word in helped.output


def test_the_help_lists_commands_settings_and_exit_codes() -> None:
    helped = headrace("--help").output
    for word in ("run", "replay", "HEADRACE_SPECS", "HEADRACE_REDIS_URL", "Exit codes"):
        assert word in helped


def test_right_definitions_are_approved(specs: Path) -> None:
    result = headrace("validate")
    assert result.exit_code == 0
    assert "1 feature" in result.output
    assert json.loads(headrace("validate", "--json").output)["features"] == 1


def test_all_mistakes_come_at_once_with_their_places(specs: Path) -> None:
    feature, source = specs / "user" / "user_spent_1d.yaml", specs / "sources" / "orders.yaml"
    feature.write_text(
        SPENT.replace("value: amount", "value: amout").replace("value_type: DOUBLE", "value_type: REAL")
    )
    source.write_text(ORDERS.replace("unit: ms", "unit: hours"))
    result = headrace("validate")
    assert result.exit_code == 1
    assert f"{feature}:6" in result.output
    assert f"{source}:6" in result.output
    assert "Traceback" not in result.output


def test_mistakes_for_programs(specs: Path) -> None:
    (specs / "user" / "user_spent_1d.yaml").write_text(SPENT.replace("value: amount", "value: amout"))
    result = headrace("validate", "--json")
    assert result.exit_code == 1
    (error,) = json.loads(result.output)["errors"]
    assert (error["line"], error["field"]) == (11, "value")
    assert {"file", "value", "expected", "hint"} <= error.keys()


def test_other_commands_refuse_wrong_definitions_in_the_same_words(specs: Path) -> None:
    (specs / "user" / "user_spent_1d.yaml").write_text(SPENT.replace("value: amount", "value: amout"))
    for command in (["test"], ["get", "user", "u1"], ["run"]):
        result = headrace(*command)
        assert result.exit_code == 1, command
        assert "user_spent_1d.yaml:11" in result.output


def test_the_tests_of_a_definition_pass(specs: Path) -> None:
    result = headrace("test")
    assert result.exit_code == 0, result.output
    assert "user_spent_1d" in result.output


def test_a_failing_test_says_what_came_instead(specs: Path) -> None:
    (specs / "user" / "user_spent_1d.yaml").write_text(
        SPENT.replace("expect: {u1: 7.5}", "expect: {u1: 8.5}")
    )
    result = headrace("test")
    assert result.exit_code == 1
    for word in ("user_spent_1d", "8.5", "7.5"):
        assert word in result.output
    (case,) = json.loads(headrace("test", "--json").output)["results"]
    assert case["passed"] is False


def test_publish_sends_lines_as_they_are(specs: Path, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text('{"user_id": "u1", "amount": 1}\n\nbroken {\n{"user_id": null}\n')
    result = headrace("publish", "orders", str(events), "--key", "user_id")
    assert result.exit_code == 0, result.output
    assert "sent 3 messages to persistent://public/default/raw-order-events" in result.output
    stored = lines_of(tmp_path / "var", "raw-order-events")
    assert stored.count("\n") == 3
    assert "broken {" in stored


def test_publish_reads_standard_input(specs: Path, tmp_path: Path) -> None:
    assert headrace("publish", "side", stdin='{"a": 1}\n').exit_code == 0
    assert lines_of(tmp_path / "var", "side").count("\n") == 1


def test_publish_names_a_missing_file(specs: Path) -> None:
    result = headrace("publish", "orders", "nowhere.jsonl")
    assert result.exit_code == 2
    assert "nowhere.jsonl" in result.output


def test_a_key_is_text_whatever_it_was() -> None:
    assert [key_of(line, "id") for line in (b'{"id": 7}', b'{"id": true}', b"[1]")] == ["7", "True", ""]


def test_traffic_sends_history_and_then_the_rate(specs: Path, tmp_path: Path) -> None:
    result = headrace(
        "traffic", "--history", "1d", "--history-events", "300", "--rate", "200", "--seconds", "1"
    )
    assert result.exit_code == 0, result.output
    sent = lines_of(tmp_path / "var", "raw-order-events") + lines_of(tmp_path / "var", "raw-login-events")
    assert 400 <= sent.count("\n") <= 560
    assert "sent" in result.output


def test_traffic_explains_a_length_of_time(specs: Path) -> None:
    result = headrace("traffic", "--history", "soon")
    assert result.exit_code == 2
    assert "30s, 5m, 24h, 7d" in result.output


def put(var: Path, **fields: str) -> None:
    with connect(None, var) as store:
        store.hset("headrace:user:u1", mapping={"_as_of": str(NOON), "_seq": "3", "_spec": "f", **fields})


def test_get_prints_values_with_their_time(specs: Path, tmp_path: Path) -> None:
    put(tmp_path / "var", user_spent_1d="7.5")
    result = headrace("get", "user", "u1")
    assert result.exit_code == 0, result.output
    for word in ("headrace:user:u1", "2026-01-01T12:00:00.000Z", "user_spent_1d", "7.5", "DOUBLE", "ago"):
        assert word in result.output


def test_get_for_programs_has_types(specs: Path, tmp_path: Path) -> None:
    put(tmp_path / "var", user_spent_1d="7.5", _warming="user_spent_1d")
    found = json.loads(headrace("get", "user_id", "u1", "--json").output)
    assert found["features"] == {"user_spent_1d": 7.5}
    assert found["warming"] == ["user_spent_1d"]
    assert found["as_of"] == NOON
    assert found["age_ms"] > 0


def test_get_marks_what_is_warming_up_and_shows_nulls(specs: Path, tmp_path: Path) -> None:
    put(tmp_path / "var", _warming="user_spent_1d")
    assert "warming up" in headrace("get", "user", "u1").output
    assert json.loads(headrace("get", "user", "u1", "--json").output)["features"] == {"user_spent_1d": None}


def test_get_of_an_unknown_entity(specs: Path) -> None:
    result = headrace("get", "user", "nobody")
    assert result.exit_code == 1
    assert "'nobody'" in result.output


def test_get_of_an_unknown_entity_type(specs: Path) -> None:
    result = headrace("get", "usr", "u1")
    assert result.exit_code == 2
    assert "Did you mean user?" in result.output


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [
        ("HEADRACE_SHARDS", "many", 2),
        ("HEADRACE_REDIS_URL", "redis://:s3cret@127.0.0.1:1/0", 3),
        ("HEADRACE_REDIS_URL", "http://:s3cret@127.0.0.1", 2),
    ],
)
def test_a_wrong_setting_is_one_clear_line(
    specs: Path, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, code: int
) -> None:
    monkeypatch.setenv(setting, value)
    result = headrace("get", "user", "u1")
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    assert "s3cret" not in result.output


def test_a_broker_that_is_away_is_one_clear_line(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_PULSAR_URL", "pulsar://127.0.0.1:1")
    monkeypatch.setattr("cli.topics.PATIENCE_S", 1.0)
    result = headrace("publish", "side", stdin="{}\n")
    assert result.exit_code == 3
    assert "broker" in result.output


def test_an_answer_is_all_that_standard_output_holds(specs: Path, tmp_path: Path) -> None:
    put(tmp_path / "var", user_spent_1d="7.5")
    asked = [sys.executable, "-m", "cli.main", "get", "user", "u1", "--json"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout)["id"] == "u1"


def test_every_setting_is_in_the_help() -> None:
    told = headrace("--help").output
    assert [name for name in Settings.model_fields if f"HEADRACE_{name.upper()}" not in told] == []
