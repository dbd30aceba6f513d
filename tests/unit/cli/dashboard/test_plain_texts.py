"""Tests untrusted texts in the terminal: they are shown unchanged, but cannot move the cursor or change a colour."""

import io
import json
from pathlib import Path

import pytest
from rich.panel import Panel
from rich.table import Table

from cli.dashboard.panel import panel
from cli.dashboard.view import DashboardView
from cli.terminal import PlainConsole, cell
from connectors.redis.client import connect
from dataflows.runtime.settings_loader import load_settings
from reports.formats import stored
from tests.support.programs.command_line import headrace

PLAIN = (
    "[/checkout]",
    "[blue] team",
    ":smile:",
    "[Mac OS X] 10",
    "日本語",
    "שלום",
    "1234 True None",
    "[link=x]y[/link]",
)
CONTROLS = ("\x1b[2J", "\x9b2J", "\x07", "\x1b]0;title\x07", "\r", "\x08", "\u202e", "\x7f", "\u2028")


def printed(*parts: object) -> str:
    stream = io.StringIO()
    PlainConsole(file=stream, width=120, force_terminal=True, color_system=None).print(*parts)
    return stream.getvalue()


def rows(text: str) -> Table:
    table = Table(box=None)
    table.add_column("name")
    table.add_row(text)
    table.add_row(cell(text))
    return table


@pytest.mark.parametrize("text", PLAIN)
def test_texts_are_shown_as_they_are(text: str) -> None:
    assert printed(text) == f"{text}\n"
    assert printed(rows(text)).count(text) == 2
    assert text in printed(Panel(text))


@pytest.mark.parametrize("text", CONTROLS)
def test_no_control_character_is_printed(text: str) -> None:
    view = DashboardView(up_s=1.0, p50_s=None, p99_s=None)
    for part in (f"a{text}b", cell(f"a{text}b"), rows(text), panel(view, text, [text])):
        assert text not in printed(part)


def test_truth_values_are_those_of_json() -> None:
    assert [stored(True, "BOOL"), stored([False], "ARRAY<BOOL>")] == ["true", "false"]


def test_numbers_are_shown_whole() -> None:
    assert stored(1_234_567.891234567, "DOUBLE") == "1234567.891234567"
    assert stored(70.0, "DOUBLE") == "70"


@pytest.mark.parametrize("id", ["-x", "-42", "--id", "[red]x", "[/x]", "\x1b[2J", ""])
def test_an_id_may_be_any_text(specs: Path, id: str) -> None:
    with connect(None, load_settings().var) as store:
        store.hset(f"headrace:user:{id}", mapping={"_as_of": "1767225600000", "_seq": "1", "user_spent_1d": "7.5"})
    result = headrace("get", "user", id)
    assert result.exit_code == 0, result.output
    assert "7.5" in result.output and "\x1b[2J" not in result.output
    assert json.loads(headrace("get", "user", "--json", "--", id).output)["id"] == id


def test_an_id_that_is_not_there_is_repeated_whole(specs: Path) -> None:
    result = headrace("get", "user", "[/nobody]")
    assert result.exit_code == 1
    assert "no features of user '[/nobody]'" in result.output
