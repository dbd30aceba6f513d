"""Tests posts to Teams, PagerDuty and Apprise, over a real HTTP server."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reports.delivery.channels import AppriseService, Channel, FormattedWebhook
from reports.delivery.channels.formats import FORMATS
from reports.delivery.channels.pagerduty import LONGEST_KEY, PagerDuty
from reports.delivery.channels.webhook import Webhook
from reports.delivery.delivery_log import DeliveryLog
from reports.records import Alert
from tests.support.factories.quality.reports import HOSTILE
from tests.support.services.outside.webhook import NOON, Hook, World, alert, changed, hooked

LINK = "http://shop:8080/incidents/a1"


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hooked() as hook:
        yield hook


def incident(feature: str = "user_spend_1h", state: str = "firing", **fields: object) -> Alert:
    told = {
        "incident": "a1", "summary": f"{feature} (risk-team@example.com): mean 212, usually 154 (+38 %)",
        "what": "mean", "now": "212", "usual": "154", "action": "ask the owner of orders", "link": LINK,
    }  # fmt: skip
    return changed(alert(feature, state), **(told | fields))


def posting(hook: Hook, form: str) -> Channel:
    return FormattedWebhook(Webhook(hook.url, lambda: NOON), FORMATS[form])


def paged(hook: Hook) -> Channel:
    return FormattedWebhook(Webhook(hook.url, lambda: NOON), PagerDuty("s3cret-key"))


def told_by(channel: Channel, tmp_path: Path, *alerts: Alert) -> World:
    world = World(tmp_path / "alerts.json", "")
    notifier = world.notifier(channel)
    for one in alerts:
        world.topic.append(one)
        world.polled(notifier, 10)
    return world


def test_pagerduty_is_posted_an_event_an_alert_and_its_end(hook: Hook, tmp_path: Path) -> None:
    world = World(tmp_path / "alerts.json", "")
    world.topic = [incident("a"), incident("b")]
    world.polled(world.notifier(paged(hook)), 10)
    world.topic = [incident("a", "resolved")]
    world.polled(world.notifier(paged(hook)), 10)
    assert [(event["event_action"], event["dedup_key"]) for event in hook.received] == [
        ("trigger", alert("a").key),
        ("trigger", alert("b").key),
        ("resolve", alert("a").key),
    ]
    event = hook.received[0]
    assert event["routing_key"] == "s3cret-key"
    assert event["client_url"] == LINK
    assert event["links"] == [{"href": LINK, "text": "incident"}]
    payload = event["payload"]
    assert payload["summary"] == "a (risk-team@example.com): mean 212, usually 154 (+38 %)"
    assert payload["severity"] == "warning"
    assert payload["custom_details"]["first_action"] == "ask the owner of orders"
    assert (payload["custom_details"]["now"], payload["custom_details"]["usual"]) == ("212", "154")
    assert "s3cret" not in world.file.read_text()


@pytest.mark.parametrize("restarted", [False, True])
def test_what_begins_and_ends_while_pagerduty_is_down_is_an_incident_there(
    hook: Hook, tmp_path: Path, restarted: bool
) -> None:
    """PagerDuty ignores the end of an alert that it does not know."""
    world, hook.script = World(tmp_path / "alerts.json", ""), [(503, {})] * 3
    notifier = world.notifier(paged(hook))
    world.topic = [incident("a"), incident("b")]
    world.polled(notifier, 5)
    world.topic.append(incident("a", "resolved"))
    world.polled(notifier, 2)
    assert hook.received == []
    world.polled(world.notifier(paged(hook)) if restarted else notifier, 120)
    events = [(event["event_action"], event["dedup_key"]) for event in hook.received]
    of_a, of_b = ([action for action, key in events if key == alert(name).key] for name in "ab")
    assert (of_a, of_b) == (["trigger", "resolve"], ["trigger"])
    assert [state for _, key, state in world.noted if key == alert("a").key] == ["firing", "resolved"]
    world.polled(world.notifier(paged(hook)), 60)
    assert len(hook.received) == 3


@pytest.mark.parametrize("code", [400, 503])
def test_an_end_follows_its_beginning_whatever_pagerduty_answers(hook: Hook, tmp_path: Path, code: int) -> None:
    """It takes the beginning, and then fails or refuses; or it refuses the beginning."""
    world, hook.script = World(tmp_path / "alerts.json", ""), [(503, {}), (200, {}), (code, {})]
    notifier = world.notifier(paged(hook))
    world.topic = [incident("a")]
    world.polled(notifier, 4)
    world.topic.append(incident("a", "resolved"))
    world.polled(notifier, 60)
    assert [event["event_action"] for event in hook.received] == ["trigger", *(["resolve"] if code == 503 else [])]
    hook.script = [(503, {}), (400, {})]
    world.topic.append(incident("b"))
    world.polled(notifier, 4)
    world.topic.append(incident("b", "resolved"))
    world.polled(notifier, 60)
    assert hook.received[-1]["event_action"] == "resolve"
    assert not DeliveryLog(world.file).waiting and not DeliveryLog(world.file).firing


@pytest.mark.parametrize(("form", "keyed"), [("generic", True), ("slack", True), ("alertmanager", False)])
def test_a_message_that_is_posted_again_has_the_same_key(hook: Hook, tmp_path: Path, form: str, keyed: bool) -> None:
    """A receiver that answers too slowly gets it again; alerts that are repeated on purpose are new messages."""
    channel = posting(hook, form)
    assert channel.tell([incident("a"), incident("b")], NOON).delivered
    assert channel.tell([incident("b"), incident("a")], NOON + 15_000).delivered
    assert channel.tell([incident("a", "resolved"), incident("b")], NOON + 20_000).delivered
    keys = [headers.get("Idempotency-Key") for headers in hook.headers]
    assert keys[0] == keys[1] and (keys[0] is not None) is keyed
    assert (keys[1] != keys[2]) is keyed


def test_of_several_events_those_that_pagerduty_took_are_not_posted_again(hook: Hook, tmp_path: Path) -> None:
    hook.script = [(200, {}), (500, {}), (400, {})]
    world = told_by(paged(hook), tmp_path, incident("a"))
    world.topic = [incident("b"), incident("c"), incident("d")]
    world.polled(world.notifier(paged(hook)), 60)
    keys = [event["dedup_key"] for event in hook.received]
    assert len(keys) == len(set(keys)) == 3  # one was refused
    assert keys[0] == alert("a").key


def test_a_source_that_is_silent_is_critical_and_a_long_key_is_hashed() -> None:
    silent = incident("", rule="silence", key="k" * 999)
    event = json.loads(PagerDuty("key").body([silent], NOON))
    assert event["payload"]["severity"] == "critical"
    assert event["payload"]["source"] == "source orders"
    assert len(event["dedup_key"]) <= LONGEST_KEY
    ended = json.loads(PagerDuty("key").body([changed(silent, state="resolved")], NOON))
    assert ended["dedup_key"] == event["dedup_key"]


def test_teams_is_posted_a_card_with_buttons(hook: Hook, tmp_path: Path) -> None:
    told_by(posting(hook, "teams"), tmp_path, incident("a"))
    (message,) = hook.received
    assert message["type"] == "message"
    (attached,) = message["attachments"]
    assert attached["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attached["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": "Open the incident", "url": LINK}]
    texts = [run["text"] for block in card["body"] for run in block["inlines"]]
    assert texts[0] == "firing: a (risk-team@example.com): mean 212, usually 154 (+38 %)"
    assert " First: ask the owner of orders" in texts


def test_teams_takes_the_longest_group_and_reads_no_text_as_markdown(hook: Hook) -> None:
    hostile = incident(summary="[x](http://evil) " + HOSTILE[0] + "é" * 5_000, action="a" * 5_000)
    channel = posting(hook, "teams")
    body = FORMATS["teams"].body([hostile] * channel.at_once, NOON)
    assert len(body) < 28_000
    kinds = {block["type"] for block in json.loads(body)["attachments"][0]["content"]["body"]}
    assert kinds == {"RichTextBlock"}  # a TextBlock would interpret Markdown


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_tells_the_first_action_and_where_to_look(form: str) -> None:
    body = FORMATS[form].body([incident(runbook="https://wiki/spend")], NOON).decode()
    for text in ("ask the owner of orders", LINK, "https://wiki/spend", "usually 154"):
        assert text in body


@pytest.mark.parametrize("form", ["slack", "teams"])
def test_numbers_and_owner_are_said_once(form: str) -> None:
    body = json.loads(FORMATS[form].body([incident(), incident("b")], NOON))
    (text,) = [text for text in strings(body) if text.count("user_spend_1h (")]
    assert text.count("212") == text.count("154") == text.count("risk-team@example.com") == 1


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://x|y", "http://x>y", "http://x y", "data:text/html,x"])
@pytest.mark.parametrize("form", ["slack", "teams"])
def test_what_is_no_address_is_no_link(url: str, form: str) -> None:
    assert url not in FORMATS[form].body([incident(link=url, runbook=url)], NOON).decode()
    assert "client_url" not in json.loads(PagerDuty("k").body([incident(link=url)], NOON))


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in strings(part)]
    if isinstance(value, list):
        return [text for part in value for text in strings(part)]
    return [value] if isinstance(value, str) else []


def test_apprise_tells_its_services_and_what_fails_waits(
    hook: Hook, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its service `json` posts to any address."""
    hook.script = [(500, {})]
    world = told_by(AppriseService(f"json://me:s3cret@127.0.0.1:{hook.port}/x"), tmp_path, incident("a"))
    (message,) = hook.received
    assert hook.tried == 2
    assert message["title"] == "firing: a (risk-team@example.com): mean 212, usually 154 (+38 %)"
    assert f"incident: {LINK}" in message["message"]
    assert "s3cret" not in caplog.text + world.file.read_text()


def test_what_apprise_does_not_know_is_said() -> None:
    with pytest.raises(ValueError, match="not an Apprise URL"):
        AppriseService("nosuch://s3cret")
