"""`headrace archive` and its check on a real broker: partitions added, topics deleted, created again, missing."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from connectors.pulsar import PulsarConnection, TopicName, publish
from dataflows.runtime.settings_loader import load_settings
from dataflows.runtime.topics import topics_of
from tests.support.broker.archived_topic import BOUNDED
from tests.support.broker.topics import admin_call, numbers, topic_of
from tests.support.factories.topics.archived_topic import read_on
from tests.support.factories.topics.embedded_topic import rows
from tests.support.generators.seeds import fresh_seed, rng_of
from tests.support.paths import ROOT
from tests.support.programs.command_line import ORDERS, headrace

TOPIC = "persistent://public/default/raw-order-events"


@pytest.fixture
def topic(pulsar: PulsarConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Creates a topic of two partitions with 100 messages, and sets its archive."""
    made = topic_of(pulsar, "archived", numbers(100), partitions=2)
    source = tmp_path / "specs" / "sources" / "orders.yaml"
    source.parent.mkdir(parents=True)
    source.write_text(ORDERS.replace(TOPIC, made))
    settings = {"SPECS": str(tmp_path / "specs"), "VAR": str(tmp_path / "var"), "ARCHIVE": str(tmp_path / "archive")}
    settings |= {"PULSAR_URL": pulsar.url, "PULSAR_ADMIN_URL": pulsar.admin_url}
    for name, value in settings.items():
        monkeypatch.setenv(f"HEADRACE_{name}", value)
    return made


def archive_output(code: int, *arguments: str) -> str:
    """Runs `headrace archive`; checks its exit code and returns its output."""
    result = headrace("archive", *arguments)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


def path_of(topic: str) -> str:
    return f"persistent/{TopicName.parse(topic).path}/partitions"


def test_partitions_that_are_added_are_archived_too(pulsar: PulsarConnection, topic: str) -> None:
    assert "archived 100 events in 2 files" in archive_output(0)
    admin_call(pulsar, "POST", path_of(topic), 5)
    publish(pulsar, topic, [f"k{number}" for number in range(200)], numbers(200, 100))
    assert "no problems" in archive_output(0, "--check")
    assert "archived 200 events in 5 files" in archive_output(0)
    assert "7 files, no problems" in archive_output(0, "--check")
    assert read_back(topic) == numbers(300)


def read_back(topic: str) -> list[bytes]:
    """Returns all messages of the archive and the topic, in the order of their numbers."""
    topics = topics_of(load_settings(), BOUNDED)
    source = topics.history(topic, topics.extent(topic))
    batches = [batch for name in source.list_parts() for batch in read_on(source, name)[0]]
    return sorted(rows(batches), key=int)


@pytest.mark.usefixtures("programs")
def test_commands_at_the_same_time_write_every_message_once(pulsar: PulsarConnection, topic: str) -> None:
    """One of them is killed; the others archive everything, or say who does."""
    publish(pulsar, topic, [f"k{number}" for number in range(2_000)], numbers(2_000, 100))
    command = [sys.executable, "-m", "cli.entry", "archive"]
    running = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    time.sleep(float(rng_of(fresh_seed()).uniform(0, 5)))
    running[0].kill()
    for process in running:
        _, errors = process.communicate(timeout=120)
        assert process.returncode in (0, 3, -9), errors
        assert (process.returncode == 3) == ("another archiver writes" in " ".join(errors.split())), errors
    archive_output(0)
    assert "no problems" in archive_output(0, "--check")
    assert read_back(topic) == numbers(2_100)


def test_a_topic_that_is_gone_or_not_there_yet_is_named(pulsar: PulsarConnection, topic: str) -> None:
    assert "archived 100 events" in archive_output(0)
    admin_call(pulsar, "DELETE", f"{path_of(topic)}?force=true")
    assert f"topic {topic} does not exist" in archive_output(3)
    assert "2 files, no problems" in archive_output(0, "--check")


def test_a_topic_made_anew_is_not_archived_behind_the_old_one(pulsar: PulsarConnection, topic: str) -> None:
    archive_output(0)
    admin_call(pulsar, "DELETE", f"{path_of(topic)}?force=true")
    admin_call(pulsar, "PUT", path_of(topic), 2)
    publish(pulsar, topic, [f"k{number}" for number in range(200)], numbers(200, 100))
    checked = archive_output(1, "--check")
    assert "2 files, 1 problem foreign: " in checked
    for word in ("archived from the topic with id", "set HEADRACE_ARCHIVE to another address"):
        assert word in checked
        assert word in archive_output(4)
