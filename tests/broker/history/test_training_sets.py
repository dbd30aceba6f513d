"""Tests training sets over topics of a real broker: values as by brute force, and the same again after more events."""

import json
from pathlib import Path

import msgspec
import polars as pl
import pytest

from connectors.pulsar import PulsarConnection, publish
from dataflows.history.datasets.manifest import read_manifest
from tests.support.broker.topics import admin_call, topic_of
from tests.support.factories.datasets import NOON, on_time, order, shop_definitions
from tests.support.programs.command_line import headrace
from tests.support.programs.dataset_command import estimate_in

EVENTS = [order(f"u{number % 7}", NOON + number * 1_000, float(number % 11), f"i{number % 3}") for number in range(300)]
SPINE = (
    "--spine",
    "labels.parquet",
    "--entity",
    "user_id",
    "--time",
    "time",
    "--features",
    "user_orders_1d,user_mean_1d",
)


@pytest.fixture
def topic(pulsar: PulsarConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Publishes the events to a topic of two partitions, and writes a spine."""
    topic = topic_of(pulsar, "training", [msgspec.json.encode(event) for _, event in EVENTS], partitions=2)
    shop_definitions(tmp_path / "specs")
    source = tmp_path / "specs" / "sources" / "orders.yaml"
    source.write_text(source.read_text().replace("persistent://public/default/raw-order-events", topic))
    for name, value in (("SPECS", str(tmp_path / "specs")), ("VAR", str(tmp_path / "var")), ("PULSAR_URL", pulsar.url)):
        monkeypatch.setenv(f"HEADRACE_{name}", value)
    monkeypatch.setenv("HEADRACE_PULSAR_ADMIN_URL", pulsar.admin_url)
    monkeypatch.chdir(tmp_path)
    rows = {"user_id": [f"u{row % 8}" for row in range(600)], "time": [NOON + row * 500 for row in range(600)]}
    pl.DataFrame(rows).write_parquet("labels.parquet")
    return topic


def test_values_are_those_of_brute_force_and_stay_so(pulsar: PulsarConnection, topic: str, tmp_path: Path) -> None:
    made = headrace("dataset", *SPINE, "--out", "train.parquet")
    assert made.exit_code == 0, made.output
    written = pl.read_parquet("train.parquet")
    history, definitions = on_time(*EVENTS), shop_definitions(tmp_path / "by_hand")
    expected = history.at(definitions, "user_id", list(written.select("user_id", "time").rows()))
    assert written.get_column("user_orders_1d").to_list() == [values["user_orders_1d"].value for values in expected]
    assert written.get_column("user_mean_1d").to_list() == pytest.approx(
        [values["user_mean_1d"].value for values in expected]
    )
    publish(pulsar, topic, ["k"] * 5, [json.dumps(order("u1", NOON, 1e6)[1]).encode()] * 5)
    assert headrace("dataset", "--verify", "train.parquet").exit_code == 0
    assert headrace("dataset", "--rebuild", "train.parquet").exit_code == 0
    headrace("dataset", *SPINE, "--out", "later.parquet")
    assert read_manifest(Path("later.parquet")).content_hash != read_manifest(Path("train.parquet")).content_hash


def test_an_estimate_goes_by_the_statistics_of_the_broker(topic: str) -> None:
    result = headrace("dataset", *SPINE, "--estimate")
    assert result.exit_code == 0, result.output
    lines = estimate_in(result.output)
    assert lines["events"] == "about 300, according to the broker"
    assert (lines["rows"], lines["questions"]) == ("600", "600")
    assert lines["time"].startswith("about ") and lines["temporary space"].startswith("about ")


@pytest.mark.parametrize("reloaded", [False, True])
def test_what_is_archived_is_counted_by_its_files(
    pulsar: PulsarConnection, topic: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reloaded: bool
) -> None:
    """After reopening a topic a broker does not know its messages, only their entries."""
    monkeypatch.setenv("HEADRACE_ARCHIVE", str(tmp_path / "archive"))
    assert headrace("archive", "--source", "orders").exit_code == 0
    publish(pulsar, topic, [f"k{number}" for number in range(300)], [json.dumps(EVENTS[0][1]).encode()] * 300)
    if reloaded:
        admin_call(pulsar, "PUT", f"{topic.replace('://', '/')}/unload")
    result = headrace("dataset", *SPINE, "--estimate")
    (events,) = [line for line in result.output.splitlines() if line.startswith("events")]
    assert events.split()[1:3] == ["about", "600,"]
