"""Tests the command line: the answer and exit code of each command, and that mistakes are one clear line."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from cli.commands import COMMANDS, GROUPS, PANELS
from connectors.redis.client import connect
from dataflows.runtime.settings import Settings
from tests.support.programs.command_line import ORDERS, SPENT, headrace

NOON = 1_767_268_800_000  # 2026-01-01T12:00:00Z


@pytest.mark.parametrize("command", [command.__name__ for command in COMMANDS])
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
    feature.write_text(SPENT.replace("value: amount", "value: amout").replace("value_type: DOUBLE", "value_type: REAL"))
    source.write_text(ORDERS.replace("unit: ms", "unit: hours"))
    result = headrace("validate")
    assert result.exit_code == 1
    assert f"{feature}:6" in result.output
    assert f"{source}:6" in result.output
    assert "Traceback" not in result.output


def test_alert_routes_are_validated_too(specs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "routes.yaml").write_text("targets: {a: {format: slack, url: s3cret}}\notherwise: [b]\n")
    monkeypatch.setenv("HEADRACE_ALERT_ROUTES", str(tmp_path / "routes.yaml"))
    result = headrace("validate")
    assert result.exit_code == 1
    assert "routes.yaml:1  targets.a.url" in result.output
    assert "routes.yaml:2  otherwise[0]: b" in result.output
    assert "s3cret" not in result.output


def test_mistakes_for_programs(specs: Path) -> None:
    (specs / "user" / "user_spent_1d.yaml").write_text(SPENT.replace("value: amount", "value: amout"))
    result = headrace("validate", "--json")
    assert result.exit_code == 1
    (error,) = json.loads(result.output)["errors"]
    assert (error["line"], error["field"]) == (11, "value")
    assert {"file", "value", "expected", "hint"} <= error.keys()


def test_mistakes_for_programs_are_json_whatever_the_value_is(specs: Path) -> None:
    """JSON has no infinity."""
    (specs / "user" / "user_spent_1d.yaml").write_text(SPENT.replace("version: 1", "version: 1.0e+999"))
    (error,) = json.loads(headrace("validate", "--json").output, parse_constant=pytest.fail)["errors"]
    assert (error["field"], error["value"]) == ("version", "1.0e+999")


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
    (specs / "user" / "user_spent_1d.yaml").write_text(SPENT.replace("expect: {u1: 7.5}", "expect: {u1: 8.5}"))
    result = headrace("test")
    assert result.exit_code == 1
    for word in ("user_spent_1d", "8.5", "7.5"):
        assert word in result.output
    (case,) = json.loads(headrace("test", "--json").stdout)["results"]
    assert case["passed"] is False


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
    answer = json.loads(headrace("get", "user_id", "u1", "--json").stdout)
    assert answer["features"] == {"user_spent_1d": 7.5}
    assert answer["warming"] == ["user_spent_1d"]
    assert answer["as_of"] == NOON
    assert answer["age_ms"] > 0


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


@pytest.mark.usefixtures("programs")
def test_an_answer_is_all_that_standard_output_holds(specs: Path, tmp_path: Path) -> None:
    put(tmp_path / "var", user_spent_1d="7.5")
    asked = [sys.executable, "-m", "cli.main", "get", "user", "u1", "--json"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout)["id"] == "u1"


def test_every_setting_is_in_the_help() -> None:
    output = headrace("--help").output
    assert [name for name in Settings.model_fields if f"HEADRACE_{name.upper()}" not in output] == []


@pytest.mark.parametrize("form", ["github", "gitlab", "sarif"])
def test_mistakes_for_code_hosts(specs: Path, form: str) -> None:
    feature = specs / "user" / "user_spent_1d.yaml"
    feature.write_text(SPENT.replace("value: amount", "value: amout"))
    wrong = headrace("validate", "--format", form)
    assert wrong.exit_code == 1
    assert "user_spent_1d.yaml" in wrong.output
    feature.write_text(SPENT)
    assert headrace("validate", "--format", form).exit_code == 0


def test_an_unknown_format_is_refused_with_the_known_ones(specs: Path) -> None:
    assert headrace("validate", "--format", "json").output == headrace("validate", "--json").output
    refused = headrace("validate", "--format", "junit")
    assert refused.exit_code == 2
    assert "github, gitlab, sarif" in refused.output


def test_every_command_is_in_one_panel_of_the_help() -> None:
    listed = [name for names in PANELS.values() for name in names]
    assert sorted(listed) == sorted(
        [command.__name__ for command in COMMANDS] + [str(group.info.name) for group in GROUPS]
    )


def test_help_fills_the_lines_of_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    output = headrace("run", "--help").output
    lines = [line.strip() for line in output.partition("Options")[0].splitlines()]
    broken = [(one, two) for one, two in pairwise(lines) if one and two and len(f"{one} {two.split()[0]}") < 76]
    assert broken == []
