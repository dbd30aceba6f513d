"""Tests posted payloads: the fields of each format as its receiver documents them."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from reports.delivery.channels.formats import FORMATS
from reports.delivery.channels.payloads import LASTS_MS, MOST_SECTIONS
from reports.delivery.channels.words import headline
from reports.records import Alert
from tests.support.factories.quality.reports import HOSTILE, made_feature
from tests.support.services.outside.webhook import NOON, Hook, World, alert, changed, hooked

# Alertmanager's openapi.yaml, API v2: postableAlerts.
POSTABLE: dict[str, str] = {
    "labels": "label set",
    "annotations": "label set",
    "startsAt": "date-time",
    "endsAt": "date-time",
    "generatorURL": "uri",
}
REQUIRED = {"labels"}


def body(form: str, *alerts: Alert) -> Any:
    return json.loads(FORMATS[form].body(alerts, NOON))


def is_postable(posted: Any) -> None:
    """Validates by the definition `postableAlert`, and by Alertmanager's further checks."""
    assert isinstance(posted, dict)
    assert set(POSTABLE) >= posted.keys() >= REQUIRED
    for key, kind in POSTABLE.items():
        if key in posted and kind == "label set":
            assert all(isinstance(name, str) and isinstance(value, str) for name, value in posted[key].items())
        elif key in posted and kind == "date-time":
            assert datetime.fromisoformat(posted[key]).utcoffset() is not None
    assert posted["labels"]["alertname"]
    assert all(name.replace("_", "a").isalnum() and not name[0].isdigit() for name in posted["labels"])
    assert "" not in posted["labels"].values()
    assert datetime.fromisoformat(posted["endsAt"]) > datetime.fromisoformat(posted["startsAt"])


def test_alertmanager_is_posted_postable_alerts() -> None:
    silent = changed(alert(), feature="", rule="silence")
    posted = body("alertmanager", alert("a"), alert("b", "resolved"), silent)
    assert isinstance(posted, list)
    for labelled in posted:
        is_postable(labelled)
    assert [labelled["labels"]["alertname"] for labelled in posted] == [
        "HeadraceDrift",
        "HeadraceDrift",
        "HeadraceSilence",
    ]
    assert "feature" not in posted[2]["labels"]
    ends = [datetime.fromisoformat(labelled["endsAt"]).timestamp() * 1000 for labelled in posted]
    assert ends[0] == NOON + LASTS_MS
    assert ends[1] <= NOON


def test_alertmanager_hears_again_what_still_fires(tmp_path: Path) -> None:
    with hooked() as hook:
        hears_again(World(tmp_path / "alerts.json", hook.url), hook)


def hears_again(world: World, hook: Hook) -> None:
    pager = world.pager("alertmanager")
    world.topic = [alert("a")]
    world.polled(pager, 300)
    ends = [posted["endsAt"] for sent in hook.received for posted in sent]
    assert len(ends) >= 4
    assert ends == sorted(set(ends))
    world.topic.append(alert("a", "resolved"))
    world.polled(pager, 10)
    count = len(hook.received)
    assert datetime.fromisoformat(hook.received[-1][0]["endsAt"]).timestamp() * 1000 <= world.now
    world.polled(pager, 300)
    assert len(hook.received) == count


def test_slack_shows_texts_of_others_as_they_are() -> None:
    hostile = changed(alert(), summary=HOSTILE[0] + " <!here>")
    message = json.dumps(body("slack", hostile))
    assert "<" not in message
    assert "&lt;!here&gt;" in message


def test_slack_takes_the_longest_group() -> None:
    """At most 50 blocks, at most 3,000 characters per section, a text beside the blocks."""
    long = changed(alert(), summary="<" * 5_000)
    message = body("slack", *[long] * 100)
    assert message["text"]
    assert len(message["blocks"]) <= 50
    assert {block["type"] for block in message["blocks"]} == {"section"}
    assert max(len(block["text"]["text"]) for block in message["blocks"]) <= 3_000
    assert f"and {100 - MOST_SECTIONS} more" in message["blocks"][-1]["text"]["text"]


def test_slack_says_since_when_and_whose() -> None:
    message = body("slack", alert("a"))["blocks"][1]["text"]["text"]
    for word in (
        "red_circle",
        "a (risk-team@example.com): psi 0.40",
        "since 2026-01-01 11:45 UTC",
    ):
        assert word in message


def test_generic_holds_the_alerts_as_they_were_published() -> None:
    group = body("generic", alert("a"), alert("b", "resolved"))
    assert (group["firing"], group["resolved"], group["group"]) == (1, 1, "user:drift")
    assert [Alert.decode(json.dumps(published)) for published in group["alerts"]] == [
        alert("a"),
        alert("b", "resolved"),
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_takes_what_reports_hold(form: str) -> None:
    assert body(form, *made_feature("user_spend_1h").alerts)


def test_a_headline_counts() -> None:
    assert headline([alert("a"), alert("b"), alert("c", "resolved")]) == "a and 2 more: 2 firing, 1 resolved"
