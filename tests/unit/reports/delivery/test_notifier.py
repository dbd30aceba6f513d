"""Tests that alerts reach people once: over a real HTTP server that is down, slow, refusing or overloaded; and
restarts."""

import logging
import random
import threading
from itertools import pairwise
from pathlib import Path

import pytest

from cli.supervision.dataflow_process import free_port
from connectors.retry import Backoff
from reports.delivery.channels import FormattedWebhook
from reports.delivery.channels.formats import FORMATS
from reports.delivery.channels.webhook import Webhook
from reports.delivery.delivery_log import OLDEST_MS, DeliveryLog
from reports.delivery.notifier import GROUP_MS, MOST_WAITING, Notifier, Target
from reports.records import Alert
from tests.support.generators.seeds import seeds
from tests.support.services.outside.webhook import NOON, Hook, World, alert, changed, hooked, told
from tests.support.waiting import await_that


def test_what_comes_within_seconds_is_one_message_a_group(world: World, hook: Hook) -> None:
    pager = world.pager()
    world.topic = [alert("a"), alert("b", group="item:drift")]
    world.polled(pager, 2)
    world.topic.append(alert("c"))
    world.polled(pager, 2)
    assert [(body["group"], body["firing"], len(body["alerts"])) for body in hook.received] == [
        ("user:drift", 2, 2),
        ("item:drift", 1, 1),
    ]
    assert hook.headers[0]["Content-Type"] == "application/json"


def test_the_topic_read_again_pages_nobody(world: World, hook: Hook) -> None:
    world.topic = [alert("a"), alert("b")]
    world.polled(world.pager(), 20)
    for _ in range(3):
        world.polled(world.pager(), 20)
    world.topic += world.topic
    world.polled(world.pager(), 20)
    assert told(hook) == [("a", "firing"), ("b", "firing")]


def test_what_fired_is_resolved_once_and_what_did_not_is_not(world: World, hook: Hook) -> None:
    pager = world.pager()
    world.topic = [alert("a"), alert("never_fired", "resolved")]
    world.polled(pager, 10)
    world.topic.append(alert("a", "resolved"))
    world.polled(pager, 10)
    world.polled(world.pager(), 10)
    assert told(hook) == [("a", "firing"), ("a", "resolved")]


def test_an_end_is_told_under_the_names_of_its_beginning(world: World, hook: Hook) -> None:
    pager = world.pager("alertmanager")
    world.topic = [alert("a")]
    world.polled(pager, 5)
    world.topic.append(changed(alert("a", "resolved"), detail="ks", owner="new-owner@example.com"))
    world.polled(pager, 5)
    assert len({tuple(posted["labels"].items()) for body in hook.received for posted in body}) == 1


def test_one_that_ended_before_it_could_be_told_is_told_once(world: World, hook: Hook) -> None:
    hook.script = [(500, {})]
    pager = world.pager()
    world.topic = [alert("a")]
    world.polled(pager, 4)
    world.topic.append(alert("a", "resolved"))
    world.polled(pager, 60)
    assert told(hook) == [("a", "resolved")]
    world.polled(world.pager(), 10)
    assert len(hook.received) == 1


def test_yesterdays_alerts_out_of_a_replay_page_nobody(world: World, hook: Hook) -> None:
    world.topic = [alert("old", at_ms=NOON - OLDEST_MS - 1), alert("old", "resolved"), alert("new")]
    world.polled(world.pager(), 10)
    assert told(hook) == [("new", "firing")]


def test_a_webhook_that_is_down_is_said_once_and_loses_nothing(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world.url = f"http://user:pa55@127.0.0.1:{(port := free_port())}/services/s3cret?token=s3cret"
    pager = world.pager()
    world.topic = [alert("a"), alert("b", group="other")]
    world.polled(pager, 1_000)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    with hooked(port) as hook:
        world.polled(pager, 700)
        assert sorted(told(hook)) == [("a", "firing"), ("b", "firing")]
        assert hook.headers[0]["Authorization"] == "Basic dXNlcjpwYTU1"
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "s3cret" not in caplog.text
    assert "pa55" not in caplog.text + world.file.read_text()


@pytest.mark.parametrize("code", [500, 502, 404, 401, 408, 302])
def test_it_is_tried_again_ever_more_seldom(world: World, hook: Hook, code: int) -> None:
    hook.script = [(code, {"Location": hook.url} if code == 302 else {})] * 4
    pager, times = world.pager(), []
    world.topic = [alert("a")]
    while not hook.received:
        before = hook.tried
        pager.poll()
        times += [world.now] if hook.tried > before else []
        world.now += 500
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert len(waits) == 4
    assert waits == sorted(waits)
    assert waits[-1] >= 8_000
    assert told(hook) == [("a", "firing")]


@pytest.mark.parametrize("after", ["90", "Thu, 01 Jan 2026 12:01:33 GMT"])
def test_an_overloaded_one_is_given_the_time_it_asks_for(world: World, hook: Hook, after: str) -> None:
    hook.script = [(429, {"Retry-After": after})]
    pager = world.pager()
    world.topic = [alert("a")]
    world.polled(pager, 85)
    assert (hook.tried, hook.received) == (1, [])
    world.polled(pager, 15)
    assert told(hook) == [("a", "firing")]


def test_one_group_that_is_refused_is_said_and_does_not_hold_up_the_others(
    world: World, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    hook.script = [(400, {})]
    world.topic = [alert("poison"), alert("good", group="other")]
    world.polled(world.pager(), 5)
    world.polled(world.pager(), 60)
    assert told(hook) == [("good", "firing")]
    assert "poison:drift" in caplog.text


def test_a_group_that_fails_goes_to_the_end_of_the_line(world: World, hook: Hook) -> None:
    hook.script = [(500, {})]
    world.topic = [alert("first"), alert("second", group="other")]
    world.polled(world.pager(), 60)
    assert told(hook) == [("second", "firing"), ("first", "firing")]


def test_a_slow_webhook_keeps_neither_the_starter_nor_the_end_waiting(world: World, hook: Hook) -> None:
    hook.slow_s, threads = 1.0, threading.active_count()
    world.topic = [alert("a")]
    pager = world.pager(timeout_s=0.2)
    world.polled(pager, 3)
    pager.start()  # by its clock the group is due now: the thread posts at once
    await_that(lambda: hook.tried >= 1)
    assert hook.tried >= 1
    pager.stop()
    assert pager.error is None
    assert threading.active_count() <= threads + hook.tried  # none of its threads is left, only the server's handlers
    hook.slow_s = 0.0
    world.polled(world.pager(), 60)
    assert ("a", "firing") in told(hook)


@pytest.mark.long
def test_in_a_thread_it_does_all_by_itself(world: World, hook: Hook) -> None:
    pager = world.pager()
    pager.start()
    world.topic = [alert("a")]
    asked = world.asked
    await_that(lambda: world.asked >= asked + 2)  # the look before has read the alert
    world.now += GROUP_MS
    await_that(lambda: bool(hook.received))
    pager.stop()
    assert told(hook) == [("a", "firing")]


def test_what_its_source_raises_is_kept_for_who_started_it(world: World) -> None:
    class Broken:
        def __call__(self) -> list[Alert]:
            raise RuntimeError("no topic today")

        def confirm(self) -> None:
            """Is never reached."""

    pager = Notifier(
        Target("hook", FormattedWebhook(Webhook(world.url, lambda: NOON), FORMATS["generic"]), lambda _: True),
        Broken(), DeliveryLog(world.file), lambda: NOON, Backoff(1.0, 300.0), lambda *_, **__: None,
    )  # fmt: skip
    pager.start()
    await_that(lambda: pager.error is not None)
    pager.stop()
    assert str(pager.error) == "no topic today"


def test_too_many_stay_where_they_are_published(world: World, hook: Hook) -> None:
    hook.script = [(500, {})] * 10_000
    pager = world.pager()
    world.topic = [alert(f"f{number}") for number in range(MOST_WAITING)]
    world.polled(pager, 5)
    asked = world.asked
    world.polled(pager, 600)
    assert world.asked == asked == 1


def test_an_end_that_is_refused_is_not_repeated_as_firing(world: World, hook: Hook) -> None:
    """A tool that expires alerts is sent the firing ones again and again, but none that has ended."""
    pager = world.pager("alertmanager")
    world.topic = [alert("a")]
    world.polled(pager, 5)
    hook.script = [(400, {})]
    world.topic.append(alert("a", "resolved"))
    world.polled(pager, 5)
    many = hook.tried
    world.polled(pager, 600)
    assert hook.tried == many


def happen(world: World, hook: Hook, chance: random.Random) -> Notifier:
    """Lets incidents begin and end while the webhook fails now and then and the notifier restarts; returns the last."""
    pager = world.pager()
    for step in range(300):
        if chance.random() < 0.2:
            world.topic.append(alert(f"f{step}", group=f"g{step % 3}", at_ms=world.now))
        fired = [published for published in world.topic if published.state == "firing"]
        if fired and chance.random() < 0.2:
            world.topic.append(alert(chance.choice(fired).feature, "resolved", at_ms=world.now))
        hook.script = [(chance.choice([200, 500, 503, 429]), {})] if chance.random() < 0.5 else []
        pager = world.pager() if chance.random() < 0.1 else pager
        world.polled(pager, chance.randint(1, 5))
    hook.script = []
    return pager


@pytest.mark.parametrize("seed", seeds(5))
def test_whatever_fails_and_restarts_each_incident_is_told_once_and_in_order(
    seed: int, world: World, hook: Hook
) -> None:
    world.polled(happen(world, hook, random.Random(seed)), 700)
    delivered = told(hook)
    assert len(delivered) == len(set(delivered)), seed
    ended = {published.feature for published in world.topic if published.state == "resolved"}
    assert {feature for feature, _ in delivered} == {published.feature for published in world.topic}, seed
    assert {feature for feature, state in delivered if state == "resolved"} == ended, seed
    for feature in ended:
        states = [state for name, state in delivered if name == feature]
        assert states in (["firing", "resolved"], ["resolved"]), seed
