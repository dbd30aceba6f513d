"""Tests the command line's messages about deprecated features and sets."""

import json
from pathlib import Path

import pytest

from connectors.redis.client import connect
from tests.support.programs.command_line import SPENT, headrace

NOON = "1767268800000"  # 2026-01-01T12:00:00Z
VISITS = SPENT.partition("tests:")[0].replace("user_spent_1d", "user_visits_1d")
SET = """
set_name: model
version: 1
owner: shop@example.com
description: "What the model reads"
features: [user_spent_1d]
deprecated: {since: 2026-02-01}
"""


@pytest.fixture
def specs(specs: Path) -> Path:
    old = f"{SPENT}deprecated: {{since: 2020-01-01, use: user_visits_1d, remove_after: 2020-06-30}}\n"
    (specs / "user" / "user_spent_1d.yaml").write_text(old)
    (specs / "user" / "user_visits_1d.yaml").write_text(VISITS)
    (specs / "sets").mkdir()
    (specs / "sets" / "model.yaml").write_text(SET)
    return specs


OVERDUE = (
    "deprecated since 2020-01-01: read user_visits_1d instead; "
    "its last day was 2020-06-30, so it may be removed at any time"
)


LINE = SPENT.count("\n") + 1


def test_validate_notes_it_and_nothing_stops(specs: Path) -> None:
    result = headrace("validate")
    assert result.exit_code == 0
    assert f"note: {specs}/user/user_spent_1d.yaml:{LINE}  user_spent_1d: {OVERDUE}\n" in result.output
    assert f"note: {specs}/sets/model.yaml:7  model: deprecated since 2026-02-01\n" in result.output
    notes = json.loads(headrace("validate", "--json").output)["notes"]
    assert {note["name"]: note["note"] for note in notes} == {
        "model": "deprecated since 2026-02-01",
        "user_spent_1d": OVERDUE,
    }
    assert headrace("test").exit_code == 0


NOTED = {
    ("sets/model.yaml", 7, "model: deprecated since 2026-02-01"),
    ("user/user_spent_1d.yaml", LINE, f"user_spent_1d: {OVERDUE}"),
}
"""The file, the line and the text of each note, in every format."""


def test_json_notes_it(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(specs)
    notes = json.loads(headrace("validate", "--json").output)["notes"]
    assert {(note["file"], note["line"], f"{note['name']}: {note['note']}") for note in notes} == NOTED


def test_gitlab_notes_it(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(specs)
    issues = json.loads(headrace("validate", "--format", "gitlab").output)
    places = [issue["location"] for issue in issues]
    descriptions = [issue["description"] for issue in issues]
    assert {(p["path"], p["lines"]["begin"], text) for p, text in zip(places, descriptions, strict=True)} == NOTED
    assert {(issue["severity"], issue["check_name"]) for issue in issues} == {("info", "headrace/deprecated")}
    assert len({issue["fingerprint"] for issue in issues}) == 2


def test_sarif_notes_it(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(specs)
    (run,) = json.loads(headrace("validate", "--format", "sarif").output)["runs"]
    physical = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    regions = [(location["artifactLocation"]["uri"], location["region"]["startLine"]) for location in physical]
    texts = [result["message"]["text"] for result in run["results"]]
    assert {(*place, text) for place, text in zip(regions, texts, strict=True)} == NOTED
    assert {(result["level"], result["ruleId"]) for result in run["results"]} == {("note", "deprecated")}


def test_github_notes_it(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(specs)
    *commands, valid = headrace("validate", "--format", "github").output.splitlines()
    assert sorted(commands) == sorted(
        f"::notice file={file},line={line},endLine={line},title=deprecated::{text}" for file, line, text in NOTED
    )
    assert valid.startswith("all valid: 2 features of user_id")


def test_without_deprecations_there_is_no_note(specs: Path) -> None:
    (specs / "user" / "user_spent_1d.yaml").write_text(SPENT)
    (specs / "sets" / "model.yaml").unlink()
    assert "note" not in headrace("validate").output
    assert json.loads(headrace("validate", "--json").output)["notes"] == []


def test_get_says_so_beside_the_value(specs: Path, tmp_path: Path) -> None:
    with connect(None, tmp_path / "var") as store:
        fields = {"user_spent_1d": "7.5", "_warming": "user_spent_1d"}
        store.hset("headrace:user:u1", mapping={"_as_of": NOON, "_seq": "3", "_spec": "f", **fields})
    shown = " ".join(headrace("get", "user", "u1", "--set", "model").output.split())
    assert "warming up. deprecated since 2020-01-01:" in shown
    assert "feature set model: deprecated since 2026-02-01" in shown
    answer = json.loads(headrace("get", "user", "u1", "--json").output)
    assert answer["deprecated"]["user_spent_1d"] == {
        "since": "2020-01-01",
        "use": "user_visits_1d",
        "remove_after": "2020-06-30",
    }
