"""Tests mistakes in the formats of code hosts: escapes, limits, fingerprints."""

import json
from pathlib import Path

import pytest

from dataflows.definitions import DefinitionError
from governance.checking.annotations import ANNOTATIONS, Finding, code_quality, mistakes, sarif_log, workflow_commands
from tests.support.oracle.exported_documents import of_sarif


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def mistake(root: Path, line: int = 3, value: object = "x", name: str = "a") -> Finding:
    error = DefinitionError(root / "specs" / f"{name}.yaml", line, "rules[1].min", value, "a number", "50%, or less")
    (finding,) = mistakes([error])
    return finding


def note(root: Path, line: int) -> Finding:
    return Finding(root / "a.yaml", line, "note", "deprecated", f"f{line}", f"f{line}: 50%", f"f{line}")


def unescaped(text: str) -> str:
    """Unescapes a property as GitHub's runner does: https://github.com/actions/toolkit, command.ts."""
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def test_github_gets_the_line_and_the_message(root: Path) -> None:
    command = workflow_commands([mistake(root, name="a,b:c")])
    properties, message = command.removeprefix("::error ").split("::", 1)
    fields = dict(part.split("=", 1) for part in properties.split(","))
    assert {name: unescaped(value) for name, value in fields.items()} == {
        "file": "specs/a,b:c.yaml",
        "line": "3",
        "endLine": "3",
        "title": "rules[1].min",
    }
    assert unescaped(message) == 'rules[1].min: "x"; expected a number; 50%, or less'


@pytest.mark.parametrize("many", [1, 10, 11, 48])
def test_github_is_told_how_many_it_does_not_show(root: Path, many: int) -> None:
    findings = [mistake(root, line) for line in range(1, many + 1)]
    lines = workflow_commands(findings).splitlines()
    commands = [line for line in lines if line.startswith("::error ")]
    assert len(commands) == min(many, 10)
    if many > 10:
        assert f"+{many - 9} more" in commands[-1]
    assert len(lines) - len(commands) == (many - 9 if many > 10 else 0)
    for line in range(1, many + 1):
        assert any(f"line={line}," in text or f"a.yaml:{line} " in text for text in lines)


def test_github_shows_as_many_notices_as_errors(root: Path) -> None:
    findings = [note(root, line) for line in range(1, 13)] + [mistake(root, line) for line in range(1, 13)]
    lines = workflow_commands(findings).splitlines()
    for command in ("error", "notice"):
        shown = [line for line in lines if line.startswith(f"::{command} ")]
        assert len(shown) == 10
        assert shown[-1].endswith("+3 more, listed in the log of this step")


def test_gitlab_shows_each_of_equal_mistakes(root: Path) -> None:
    issues = json.loads(code_quality([mistake(root, 3), mistake(root, 9), mistake(root, 9, value="y")]))
    assert len({issue["fingerprint"] for issue in issues}) == 3
    assert issues[0]["location"] == {"path": "specs/a.yaml", "lines": {"begin": 3}}
    assert {issue["severity"] for issue in issues} <= {"info", "minor", "major", "critical", "blocker"}


@pytest.mark.parametrize("form", ["gitlab", "sarif"])
def test_a_mistake_that_moves_is_the_same(root: Path, form: str) -> None:
    def fingerprints(line: int) -> object:
        report = json.loads(ANNOTATIONS[form]([mistake(root, line)]))
        return report[0]["fingerprint"] if form == "gitlab" else report["runs"][0]["results"][0]["partialFingerprints"]

    assert fingerprints(3) == fingerprints(30)


@pytest.mark.long
def test_sarif_says_what_it_leaves_out(root: Path) -> None:
    run = json.loads(sarif_log([mistake(root, line) for line in range(1, 5_003)]))["runs"][0]
    assert len(run["results"]) == 5_000
    notice = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    assert notice == "2 more errors are not in this log"
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "specs/a.yaml"


@pytest.mark.parametrize("many", [0, 3, 5_001])
def test_sarif_is_valid_by_its_schema(root: Path, many: int) -> None:
    findings = [mistake(root, line, name="a b,ü%") for line in range(1, many + 1)] + [note(root, 7)]
    log = json.loads(sarif_log(findings))
    log["runs"][0]["results"] = log["runs"][0]["results"][-2:]
    assert of_sarif(log) == []
    assert of_sarif({**log, "version": "2"}) != []


def test_without_mistakes_reports_are_empty() -> None:
    assert workflow_commands([]) == ""
    assert json.loads(code_quality([])) == []
    assert json.loads(sarif_log([]))["runs"][0]["results"] == []
