"""Tests plans whose values cannot be compared: each says why, in one line."""

import re

import pytest

from tests.support.programs.planned_change import PlannedChange


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--with-data", "nowhere.jsonl"], "no such file"),
        (["--with-data", "clicks=FILE"], "unknown source clicks, both before and after; hint: available: orders"),
        (["--with-data", "EMPTY"], "no events: EMPTY contains none of orders"),
        (
            ["--with-data", "BROKEN"],
            "no events: BROKEN contains no valid events; refused: 2 malformed of orders",
        ),
        (["--with-data", "FILE", "--to", "2025-01-01"], "FILE contains none before --to 2025-01-01T00:00:00.000Z"),
        (["--with-data", "FILE", "--from", "2027-01-01"], "is from 2026-01-02T07:00:00.000Z, before --from 2027-01-01"),
        (["--with-data", "2h"], "no events: the last 2h of the topics contains none of orders (persistent://public/"),
        (["--with-data", "archive"], "HEADRACE_ARCHIVE: not set"),
        (["--with-data", "2h", "--from", "2026-01-01"], "a duration ends now"),
        (["--with-data", "FILE", "--from", "yesterday"], "neither a time nor a position"),
        (["--with-data", "FILE", "--from", "orders/0@12"], "expected a time of events"),
        (["--with-data", "FILE", "--from", "2026-02-01", "--to", "2026-01-01"], "is not before --to"),
    ],
)
def test_what_cannot_be_compared_is_one_clear_line(changed: PlannedChange, arguments: list[str], said: str) -> None:
    changed.edit(("window: 1d", "window: 2d"))
    files = {"FILE": changed.events(), "EMPTY": changed.folder / "e.jsonl", "BROKEN": changed.folder / "b.jsonl"}
    files["EMPTY"].touch()
    files["BROKEN"].write_text("{broken\nand more\n")
    named = {name: str(path) for name, path in files.items()}
    for name, path in named.items():
        arguments = [argument.replace(name, path) for argument in arguments]
        said = said.replace(name, path)
    result = changed.plan(*arguments)
    assert result.exit_code == 1, result.output
    assert re.sub(r"\s+", " ", said) in re.sub(r"\s+", " ", result.output)
    assert "Traceback" not in result.output


def test_a_wrong_definition_is_a_mistake_of_its_file(changed: PlannedChange) -> None:
    changed.edit(("value: amount", "value: amout"))
    result = changed.plan("--with-data", str(changed.events()))
    assert result.exit_code == 1
    assert "user_spent_1d.yaml" in result.output


def test_a_folder_that_cannot_be_written_is_said_before_the_work(changed: PlannedChange) -> None:
    changed.edit(("window: 1d", "window: 2d"))
    blocked = changed.folder / "file"
    blocked.touch()
    result = changed.plan("--with-data", str(changed.events()), "--plots", str(blocked))
    assert result.exit_code == 5
    assert "Traceback" not in result.output
