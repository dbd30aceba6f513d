"""Tests `headrace test --fuzz`: laws hold, or it prints a small counterexample that can be pasted."""

import json
from pathlib import Path

import pytest

from cli.handlers.authoring import definition_test_options
from tests.support.programs.command_line import SPENT, headrace


@pytest.fixture
def path(specs: Path) -> Path:
    return specs / "user" / "user_spent_1d.yaml"


def test_laws_that_hold_are_named(path: Path) -> None:
    answer = headrace("test", "--fuzz", "--examples", "4", "--seed", "3")
    assert answer.exit_code == 0, answer.output
    assert "holds   user_spent_1d  (order, batches, late, duplicates, expiry, replay, computes)" in answer.output
    assert "7 laws checked, 0 broken; seed 3" in answer.output


@pytest.mark.long
def test_a_counterexample_can_be_pasted(path: Path) -> None:
    path.write_text(SPENT.replace("value: amount", "value: 10 / amount"))
    command = ("test", "--fuzz", "user_spent_1d", "--law", "computes", "--seed", "3", "--examples", "8")
    answer = headrace(*command)
    assert answer.exit_code == 1, answer.output
    assert "every expression can be computed, but user_spent_1d is null by division_by_zero" in answer.output
    assert "to repeat, add --seed 3" in answer.output
    lines = answer.output.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("  # computes, seed 3"))
    end = next(number for number, line in enumerate(lines) if line.startswith("    expect: {"))
    case = lines[start : end + 1]
    assert sum(line.startswith("      - {") for line in case) == 1
    path.write_text(f"{path.read_text()}" + "\n".join(case) + "\n")
    assert "law: computes" not in headrace("test").output
    assert headrace(*command).output == answer.output


@pytest.mark.long
def test_as_one_object(path: Path) -> None:
    path.write_text(SPENT.replace("value: amount", "value: 10 / amount"))
    answer = headrace(
        "test", "--fuzz", "--law", "computes", "--law", "expiry", "--seed", "3", "--examples", "8", "--json"
    )
    assert answer.exit_code == 1
    output = json.loads(answer.stdout)
    assert output["seed"] == 3
    assert [(result["law"], result["holds"]) for result in output["results"]] == [("expiry", True), ("computes", False)]
    assert output["results"][1]["test"]["events"]


def test_a_filter_that_lets_nothing_in_is_told(path: Path) -> None:
    path.write_text(SPENT.replace("filter: \"event_type = 'payment_success'\"", 'filter: "amount > 1e300"'))
    answer = headrace("test", "--fuzz", "--seed", "3")
    assert answer.exit_code == 0
    assert "user_spent_1d: no law is checked, because none of 1,000 generated events counts for it" in answer.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fuzz", "--law", "oder"], "unknown law; did you mean order?"),
        (["--fuzz", "user_spend_1d"], "did you mean user_spent_1d?"),
        (["--seed", "3"], "--seed and --law need --fuzz"),
    ],
)
def test_mistakes_are_one_clear_line(path: Path, arguments: list[str], said: str) -> None:
    refused = headrace("test", *arguments)
    assert (refused.exit_code, said in refused.output) == (2, True), refused.output


def test_without_hypothesis_its_extra_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(definition_test_options, "find_spec", lambda name: None)
    refused = headrace("test", "--fuzz")
    assert (refused.exit_code, "pip install 'headrace[fuzz]'" in refused.output) == (2, True)
