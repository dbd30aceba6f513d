"""From the alert topic to the webhook by the real `headrace render`: killed, started again, told nobody twice."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.supervision.process import Process
from cli.terminal import now_ms
from cli.topics.publisher import open_publisher
from connectors.messages import Outgoing
from dataflows.runtime.settings_loader import load_settings
from reports.delivery.notifier import GROUP_MS, DeliveryLog
from reports.records import Alert
from tests.support.programs.command_line import home
from tests.support.services.webhook import Hook, alert, hooked, told
from tests.support.waiting import await_that

COMMAND = [sys.executable, "-m", "cli.main", "render"]


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with home(tmp_path, monkeypatch):
        yield tmp_path / "var"


@contextmanager
def rendering(var: Path, hook: Hook) -> Iterator[Process]:
    """`headrace render`, killed at the end."""
    var.mkdir(exist_ok=True)
    settings = {"HEADRACE_ALERT_WEBHOOK": hook.url, "HEADRACE_ALERT_WEBHOOK_FORMAT": "generic"}
    process = Process(COMMAND, var / "render.log", settings)
    try:
        yield process
    finally:
        process.kill()


def publish(*alerts: Alert) -> None:
    """As the dataflow does."""
    settings = load_settings()
    with open_publisher(settings) as publisher:
        publisher.send(settings.alert_topic, Outgoing([one.key for one in alerts], [one.encode() for one in alerts]))


def test_what_is_published_reaches_the_webhook_once(var: Path) -> None:
    first = alert("a", at_ms=now_ms())
    with hooked() as hook:
        publish(first)
        with rendering(var, hook) as process:
            await_that(lambda: told(hook) == [("a", "firing")], 60.0)
            await_that(lambda: bool(DeliveryLog(var / "render" / "alerts.json").firing))
            process.kill()
        publish(first, alert("a", "resolved", at_ms=now_ms()))
        with rendering(var, hook) as process:
            await_that(lambda: told(hook)[1:] == [("a", "resolved")], 60.0)
            publish(first)
            time.sleep(2 * GROUP_MS / 1000)
            process.ask_to_stop()
            assert process.wait(30.0) == 0
        assert told(hook) == [("a", "firing"), ("a", "resolved")]
        assert "s3cret" not in (var / "render.log").read_text()


def test_a_webhook_that_is_down_holds_up_neither_the_start_nor_the_end(var: Path) -> None:
    with hooked() as hook:
        pass
    publish(alert("a", at_ms=now_ms()))
    with rendering(var, hook) as process:
        await_that(lambda: "alert target webhook fails" in (var / "render.log").read_text(), 60.0)
        process.ask_to_stop()
        assert process.wait(30.0) == 0
    with hooked(hook.port) as again, rendering(var, again):
        await_that(lambda: told(again) == [("a", "firing")], 60.0)
