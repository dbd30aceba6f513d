"""Tests delivery from the alert topic to the webhook by the real `headrace render`: killed, restarted, no alert sent
twice."""

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import redis

from cli.supervision.process import Process
from cli.terminal import now_ms
from cli.topics.publisher import open_publisher
from connectors.messages import Outgoing
from connectors.redis import connect
from dataflows.runtime.settings_loader import load_settings
from reports.delivery.notifier import GROUP_MS, DeliveryLog
from reports.incidents import decoded_deliveries, deliveries_key
from reports.records import Alert
from tests.support.programs.command_line import home
from tests.support.services.outside.mail_server import MailServer, mail_server
from tests.support.services.outside.webhook import Hook, alert, changed, hooked, told
from tests.support.services.ports import free_port
from tests.support.waiting import await_that

COMMAND = [sys.executable, "-m", "cli.main", "render"]


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with home(tmp_path, monkeypatch):
        yield tmp_path / "var"


def rendering(var: Path, hook: Hook) -> AbstractContextManager[Process]:
    """Runs `headrace render` with a webhook."""
    return rendering_with(var, {"HEADRACE_ALERT_WEBHOOK": hook.url, "HEADRACE_ALERT_WEBHOOK_FORMAT": "generic"})


@contextmanager
def rendering_with(var: Path, settings: dict[str, str]) -> Iterator[Process]:
    """Runs `headrace render` and kills it at the end."""
    var.mkdir(exist_ok=True)
    process = Process(COMMAND, var / "render.log", settings)
    try:
        yield process
    finally:
        process.kill()


def publish(*alerts: Alert) -> None:
    """Publishes alerts as the dataflow does."""
    settings = load_settings()
    with open_publisher(settings) as publisher:
        publisher.send(
            settings.alert_topic, Outgoing([alert.key for alert in alerts], [alert.encode() for alert in alerts])
        )


def test_what_is_published_reaches_the_webhook_once(var: Path) -> None:
    first = alert("a", at_ms=now_ms())
    with hooked() as hook:
        publish(first)
        with rendering(var, hook) as process:
            await_that(lambda: told(hook) == [("a", "firing")])
            await_that(lambda: bool(DeliveryLog(var / "render" / "alerts.json").firing))
            process.kill()
        publish(first, alert("a", "resolved", at_ms=now_ms()))
        with rendering(var, hook) as process:
            await_that(lambda: told(hook)[1:] == [("a", "resolved")])
            publish(first)
            time.sleep(2 * GROUP_MS / 1000)
            process.ask_to_stop()
            assert process.wait(120.0) == 0
        assert told(hook) == [("a", "firing"), ("a", "resolved")]
        assert "s3cret" not in (var / "render.log").read_text()


def test_a_webhook_that_is_down_holds_up_neither_the_start_nor_the_end(var: Path) -> None:
    with hooked(free_port()) as hook:
        pass
    publish(alert("a", at_ms=now_ms()))
    with rendering(var, hook) as process:
        await_that(lambda: "alert target webhook fails" in (var / "render.log").read_text())
        process.ask_to_stop()
        assert process.wait(120.0) == 0
    with hooked(hook.port) as again, rendering(var, again):
        await_that(lambda: told(again) == [("a", "firing")])


ROUTES = """
targets:
  oncall: {format: pagerduty, key: "${ONCALL_KEY}", url: "${ONCALL_URL}"}
  down: {format: slack, url: "http://127.0.0.1:1/${SLACK_PATH}"}
  slow: {format: teams, url: "${SLOW_URL}"}
  mail:
    format: mail
    url: "smtp://me:${MAIL_PASSWORD}@127.0.0.1:${MAIL_PORT}"
    from: headrace@example.com
    to: [risk-team@example.com]
  other: {format: generic, url: "${ONCALL_URL}"}
routes:
  - {source: orders, to: [oncall, down, slow, mail]}
otherwise: [other]
"""


def routing(file: Path, redis_url: str, oncall: Hook, slow: Hook, mail: MailServer) -> dict[str, str]:
    """Returns the settings of the routes to these targets."""
    file.write_text(ROUTES)
    return {
        "HEADRACE_ALERT_ROUTES": str(file), "HEADRACE_REDIS_URL": redis_url,
        "HEADRACE_REDIS_PREFIX": "routed", "ONCALL_KEY": "s3cret", "ONCALL_URL": oncall.url,
        "SLACK_PATH": "s3cret", "SLOW_URL": slow.url, "MAIL_PASSWORD": "s3cret", "MAIL_PORT": str(mail.port),
    }  # fmt: skip


def test_each_target_of_a_route_is_told_whatever_becomes_of_the_others(
    var: Path, tmp_path: Path, redis_url: str
) -> None:
    """PagerDuty and mail work, Slack is down, Teams hangs; deliveries are noted in Redis."""
    publish(changed(alert("a", at_ms=now_ms()), incident="i1", source="orders"))
    with hooked() as oncall, hooked() as slow, mail_server() as mail:
        slow.slow_s = 8.0
        settings = routing(tmp_path / "routes.yaml", redis_url, oncall, slow, mail)
        with rendering_with(var, settings) as process:
            await_that(lambda: bool(mail.mails) and bool(oncall.received))
            log = var / "render.log"
            await_that(lambda: "alert target down fails (Connection refused)" in log.read_text())
            publish(changed(alert("a", "resolved", at_ms=now_ms()), incident="i1", source="orders"))
            await_that(lambda: len(mail.mails) == 2 and len(oncall.received) == 2)
            with connect(redis_url, var) as client:
                await_that(lambda: len(noted(client)) >= 4)
            process.ask_to_stop()
            assert process.wait(120.0) == 0
    assert [event["event_action"] for event in oncall.received] == ["trigger", "resolve"]
    assert "s3cret" not in log.read_text()
    assert "s3cret" not in "".join(file.read_text() for file in (var / "render").glob("*.json"))


def noted(client: redis.Redis) -> set[tuple[str, str]]:
    payload = client.hget(deliveries_key("routed"), "i1")
    return (
        {(delivery.target, delivery.state) for delivery in decoded_deliveries(payload)}
        if isinstance(payload, bytes)
        else set()
    )


def test_wrong_routes_end_the_command_with_all_mistakes(var: Path, tmp_path: Path) -> None:
    (tmp_path / "routes.yaml").write_text("targets: {a: {format: slak}}\notherwise: [b]\n")
    with rendering_with(var, {"HEADRACE_ALERT_ROUTES": str(tmp_path / "routes.yaml")}) as process:
        assert process.wait(120.0) == 1
    log = (var / "render.log").read_text()
    assert "routes.yaml:1  targets.a" in log
    assert "routes.yaml:2  otherwise[0]: b; expected the name of a target" in log
    assert "Traceback" not in log
