"""What is posted: the fields of each format as its receiver documents them."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from reports.delivery.payloads import FORMATS, LASTS_MS, MOST_SECTIONS, headline
from reports.records import Alert
from tests.support.factories.reports import HOSTILE, made_feature
from tests.support.services.webhook import NOON, Hook, World, alert, changed, hooked

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


def is_postable(found: Any) -> None:
    """By the definition `postableAlert`, and by what Alertmanager checks beyond it."""
    assert isinstance(found, dict)
    assert set(POSTABLE) >= found.keys() >= REQUIRED
    for key, kind in POSTABLE.items():
        if key in found and kind == "label set":
            assert all(isinstance(name, str) and isinstance(value, str) for name, value in found[key].items())
        elif key in found and kind == "date-time":
            assert datetime.fromisoformat(found[key]).utcoffset() is not None
    assert found["labels"]["alertname"]
    assert all(name.replace("_", "a").isalnum() and not name[0].isdigit() for name in found["labels"])
    assert "" not in found["labels"].values()
    assert datetime.fromisoformat(found["endsAt"]) > datetime.fromisoformat(found["startsAt"])


def test_alertmanager_is_posted_postable_alerts() -> None:
    silent = changed(alert(), feature="", rule="silence")
    found = body("alertmanager", alert("a"), alert("b", "resolved"), silent)
    assert isinstance(found, list)
    for each in found:
        is_postable(each)
    assert [each["labels"]["alertname"] for each in found] == ["HeadraceDrift", "HeadraceDrift", "HeadraceSilence"]
    assert "feature" not in found[2]["labels"]
    ends = [datetime.fromisoformat(each["endsAt"]).timestamp() * 1000 for each in found]
    assert ends[0] == NOON + LASTS_MS
    assert ends[1] <= NOON


def test_alertmanager_hears_again_what_still_fires(tmp_path: Path) -> None:
    with hooked() as hook:
        hears_again(World(tmp_path / "alerts.json", hook.url), hook)


def hears_again(world: World, hook: Hook) -> None:
    pager = world.pager("alertmanager")
    world.topic = [alert("a")]
    world.polled(pager, 300)
    ends = [each["endsAt"] for sent in hook.received for each in sent]
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
    said = json.dumps(body("slack", hostile))
    assert "<" not in said
    assert "&lt;!here&gt;" in said


def test_slack_takes_the_longest_group() -> None:
    """At most 50 blocks, at most 3,000 characters a section, a text beside the blocks."""
    long = changed(alert(), summary="<" * 5_000)
    found = body("slack", *[long] * 100)
    assert found["text"]
    assert len(found["blocks"]) <= 50
    assert {block["type"] for block in found["blocks"]} == {"section"}
    assert max(len(block["text"]["text"]) for block in found["blocks"]) <= 3_000
    assert f"and {100 - MOST_SECTIONS} more" in found["blocks"][-1]["text"]["text"]


def test_slack_says_since_when_and_whose() -> None:
    said = body("slack", alert("a"))["blocks"][1]["text"]["text"]
    for word in ("red_circle", "a: psi 0.40", "since 2026-01-01 11:45 UTC", "risk-team@example.com"):
        assert word in said


def test_generic_holds_the_alerts_as_they_were_published() -> None:
    found = body("generic", alert("a"), alert("b", "resolved"))
    assert (found["firing"], found["resolved"], found["group"]) == (1, 1, "user:drift")
    assert [Alert.decode(json.dumps(each)) for each in found["alerts"]] == [alert("a"), alert("b", "resolved")]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_takes_what_reports_hold(form: str) -> None:
    assert body(form, *made_feature("user_spend_1h").alerts)


def test_a_headline_counts() -> None:
    assert headline([alert("a"), alert("b"), alert("c", "resolved")]) == "user:drift: 2 firing, 1 resolved"
