"""Tests `headrace plan --with-data 2h` on a real broker: exactly the events published since."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cli.handlers.history import plan_values
from connectors.pulsar import PulsarConnection, extent_of, extent_since, publish
from dataflows.definitions import load
from governance.registration.registry import document_of
from tests.support.broker.topics import fresh_topic, numbers, topic_of
from tests.support.programs.command_line import ORDERS, SPENT, headrace
from tests.support.waiting import await_that

TOPIC = "persistent://public/default/raw-order-events"


def events(amounts: list[float]) -> list[bytes]:
    now = time.time_ns() // 1_000_000
    return [
        msgspec.json.encode(
            {"event_type": "payment_success", "user_id": f"u{number % 3}", "amount": amount, "timestamp": now + number}
        )
        for number, amount in enumerate(amounts)
    ]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def pause() -> int:
    """Returns a moment (ms) after everything published so far, and before everything later."""
    begun = now_ms()
    await_that(lambda: now_ms() > begun + 200)
    moment = now_ms()
    await_that(lambda: now_ms() > moment + 200)
    return moment


@pytest.mark.parametrize("partitions", [1, 2])
def test_an_extent_begins_with_what_was_published_since(pulsar: PulsarConnection, partitions: int) -> None:
    topic = topic_of(pulsar, "since", numbers(30), partitions)
    first, moment = extent_of(topic, pulsar), pause()
    publish(pulsar, topic, [f"k{number}" for number in range(30)], numbers(30, 30))
    whole, later = extent_of(topic, pulsar), extent_since(topic, moment, pulsar)
    assert later == {name: type(extent)(first[name].end, extent.end) for name, extent in whole.items()}
    assert extent_since(topic, 0, pulsar) == whole
    nothing = extent_since(topic, now_ms() + 60_000, pulsar)
    assert all(extent.first == extent.end == whole[name].end for name, extent in nothing.items())


def test_an_empty_topic_has_nothing_since(pulsar: PulsarConnection) -> None:
    topic = topic_of(pulsar, "since", [], 2)
    assert all(extent.first == extent.end for extent in extent_since(topic, 0, pulsar).values())


@pytest.fixture
def specs(pulsar: PulsarConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Publishes events to a unique topic and records its feature with half the window."""
    topic = topic_of(pulsar, "planned", events([1.0, 2.0, 3.0, 4.0]), 2)
    folder = tmp_path / "specs"
    written = {
        "sources/orders.yaml": ORDERS.replace(TOPIC, topic),
        "user/user_spent_1d.yaml": SPENT.partition("tests:")[0],
    }
    for name, text in written.items():
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(text)
    (tmp_path / "registry.json").write_bytes(document_of(load(folder)))
    path = folder / "user" / "user_spent_1d.yaml"
    path.write_text(path.read_text().replace("value: amount", "value: amount * 2").replace("version: 1", "version: 2"))
    settings = {"SPECS": str(folder), "VAR": str(tmp_path / "var")}
    settings |= {"PULSAR_URL": pulsar.url, "PULSAR_ADMIN_URL": pulsar.admin_url}
    for name, value in settings.items():
        monkeypatch.setenv(f"HEADRACE_{name}", value)
    monkeypatch.chdir(tmp_path)
    return folder


def values(*arguments: str) -> dict[str, Any]:
    result = headrace("plan", "--against", "registry.json", "--json", *arguments)
    assert result.exit_code == 2, result.output
    comparison: dict[str, Any] = json.loads(result.stdout)["values"]
    return comparison


@pytest.mark.parametrize("processes", ["1", "2"])
def test_both_sides_over_the_last_hours(
    pulsar: PulsarConnection, specs: Path, monkeypatch: pytest.MonkeyPatch, processes: str
) -> None:
    monkeypatch.setenv("HEADRACE_HISTORY_PROCESSES", processes)
    comparison = values("--with-data", "2h")
    (feature,) = comparison["features"]
    assert comparison["sources"] == [{"source": "orders", "events": 4, "refused": {}}]
    totals = {"u0": 1.0 + 4.0, "u1": 2.0, "u2": 3.0}
    assert feature["entities"] == 3
    assert {example["entity"]: example["before"] for example in feature["largest"]} == totals
    assert {example["entity"]: example["after"] for example in feature["largest"]} == {
        name: 2 * total for name, total in totals.items()
    }
    assert (feature["equal"], feature["difference"]["largest"]) == (0, 5.0)


def test_only_what_was_published_since(pulsar: PulsarConnection, specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a period of two seconds, it reads no older events. Its clock stands still, as its start may take longer."""
    topic = load(specs).sources["orders"].topic
    begun = now_ms()
    await_that(lambda: now_ms() > begun + 2_500)
    moment = now_ms()
    publish(pulsar, topic, ["a"], events([9.0]))
    monkeypatch.setattr(plan_values, "MODE", replace(plan_values.MODE, now=lambda: moment))
    comparison = values("--with-data", "2s")
    assert comparison["sources"] == [{"source": "orders", "events": 1, "refused": {}}]


def test_a_topic_that_is_not_there_is_said(specs: Path) -> None:
    missing = fresh_topic("nowhere")
    topic, source = load(specs).sources["orders"].topic, specs / "sources" / "orders.yaml"
    source.write_text(source.read_text().replace(topic, missing))
    document = Path("registry.json")
    document.write_text(document.read_text().replace(topic, missing))
    result = headrace("plan", "--against", "registry.json", "--with-data", "2h")
    assert result.exit_code == 3
    assert f"topic {missing} does not exist" in result.output
    assert "Traceback" not in result.output


def test_a_broker_that_is_away_is_said(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_PULSAR_URL", "pulsar://127.0.0.1:1")
    result = headrace("plan", "--against", "registry.json", "--with-data", "2h")
    assert result.exit_code == 3
    assert "no broker answers" in result.output
