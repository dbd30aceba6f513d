"""Sets up a place for commands: one source, one feature, topics and Redis in a temporary folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

from cli.main import app
from connectors.redis import embedded_server

PARSER = cache(get_command)
"""Returns the parser of all commands, which CliRunner.invoke otherwise builds again for every call."""
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


@contextmanager
def home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Points the settings into `folder`; yields the folder of definitions."""
    specs = folder / "specs"
    for name, text in (("sources/orders.yaml", ORDERS), ("user/user_spent_1d.yaml", SPENT)):
        (specs / name).parent.mkdir(parents=True)
        (specs / name).write_text(text)
    for name in [name for name in os.environ if name.startswith("HEADRACE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HEADRACE_SPECS", str(specs))
    monkeypatch.setenv("HEADRACE_VAR", str(folder / "var"))
    yield specs
    embedded_server.release(folder / "var")


def edit(specs: Path, *changes: tuple[str, str]) -> None:
    """Changes the file of the feature."""
    text = SPENT
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (specs / "user" / "user_spent_1d.yaml").write_text(text)


def headrace(*arguments: str, stdin: str | None = None) -> Result:
    """Returns the result of a command."""
    with patch("typer.testing._get_command", PARSER):
        return CliRunner().invoke(app, list(arguments), input=stdin)


def lines_of(var: Path, topic: str) -> str:
    """Returns everything that an embedded topic holds."""
    folder = var / "topics" / "public" / "default" / topic
    return "".join(path.read_text() for path in sorted(folder.glob("*/*")))
