"""Tests `headrace archive`: files, messages, findings of --check, exit codes."""

import json
import shutil
from pathlib import Path

import pytest

from connectors.embedded.history import extent_of
from connectors.embedded.topics import TopicRetention, append
from connectors.messages import Extent, MessageCount
from dataflows.runtime.settings_loader import load_settings
from dataflows.runtime.topics import RunMode, topics_of
from tests.support.factories.topics.archived_topic import read_on
from tests.support.factories.topics.embedded_topic import payloads
from tests.support.generators.seeds import some
from tests.support.programs.command_line import headrace

TOPIC = "persistent://public/default/raw-order-events"
DAY = 86_400_000
SPENT = ["--entity", "user_id", "--features", "user_spent_1d"]


@pytest.fixture
def folder(specs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HEADRACE_ARCHIVE", str(tmp_path / "archive"))
    return specs.parent


def publish(folder: Path, count: int, published_ms: int = DAY, keeping: TopicRetention | None = None) -> None:
    keys = [f"u{number}" for number in range(count)]
    append(folder / "var" / "topics", TOPIC, keys, payloads(count), published_ms.__int__, keeping=keeping)


def test_it_archives_and_says_what(folder: Path) -> None:
    publish(folder, 100)
    publish(folder, 100, 2 * DAY)
    first = headrace("archive")
    assert first.exit_code == 0
    assert f"orders: archived 200 events in 4 files under {folder}/archive" in first.output
    assert "orders: nothing new to archive" in headrace("archive").output
    checked = headrace("archive", "--check")
    assert (checked.exit_code, "orders: 4 files, no problems" in checked.output) == (0, True)


def test_it_is_told_as_json(folder: Path) -> None:
    publish(folder, 10)
    assert json.loads(headrace("archive", "--source", "orders", "--json").output) == {
        "archive": f"{folder}/archive",
        "sources": {"orders": {"events": 10, "files": 2, "failed": False}},
    }
    answer = json.loads(headrace("archive", "--check", "--json").output)
    assert answer["ok"] is True
    assert answer["sources"]["orders"]["files"] == 2
    assert sum(int(part["end"]) for part in answer["sources"]["orders"]["partitions"].values()) == 10


def test_what_is_wrong_is_found(folder: Path) -> None:
    for number in range(3):
        publish(folder, 10, number * DAY, TopicRetention(partitions=1))
        headrace("archive")
    files = sorted((folder / "archive").rglob("*.parquet"))
    files[1].unlink()
    files[2].write_bytes(b"PAR1")
    (files[2].parent / "mine.parquet").write_bytes(b"")
    result = headrace("archive", "--check", "--json")
    assert result.exit_code == 1
    answer = json.loads(result.output)
    assert answer["ok"] is False
    assert {problem["kind"] for problem in answer["sources"]["orders"]["problems"]} == {"gap", "foreign", "unreadable"}
    check = headrace("archive", "--check")
    assert check.exit_code == 1
    for word in ("3 problems", "gap: ", "positions 10 up to 20 are missing", "unreadable: ", "foreign: "):
        assert word in check.output


def test_what_the_topic_holds_from_before_the_archive_is_read_and_named(folder: Path) -> None:
    """The first file is deleted, and the topic still holds its messages."""
    for number in range(3):
        publish(folder, 10, number * DAY, TopicRetention(partitions=1))
        headrace("archive")
    sorted((folder / "archive").rglob("*.parquet"))[0].unlink()
    checked = headrace("archive", "--check")
    assert checked.exit_code == 1
    assert (
        "positions 0 up to 10 are in the topic, but not before published=1970-01-02/part-0-10-20.parquet"
        in checked.output
    )
    topics = topics_of(
        load_settings(), RunMode(bounded=True, checkpointed=False, stopping=lambda: False, now=lambda: 0)
    )
    extents = topics.extent(TOPIC)
    assert extents["0"] == Extent("0", "30")
    assert topics.count(TOPIC, extents) == MessageCount(30, exact=True)
    batches, _ = read_on(topics.history(TOPIC, extents))
    assert sum(len(batch.payloads) for batch in batches) == 30


def test_what_the_topic_lost_is_an_error_and_can_be_skipped(folder: Path) -> None:
    keeping = TopicRetention(partitions=1, segment_bytes=1_000, retain_bytes=3_000)
    publish(folder, 10, keeping=keeping)
    headrace("archive")
    for _ in range(20):
        publish(folder, 20)
    result = headrace("archive")
    assert result.exit_code == 4
    assert "are neither in the archive nor in the topic; hint: archive more often" in result.output
    assert headrace("archive", "--check").exit_code == 1
    skipped = headrace("archive", "--skip-lost")
    assert skipped.exit_code == 0
    assert "skipped: " in skipped.output
    assert headrace("archive", "--check").exit_code == 1


def test_a_source_that_fails_holds_up_no_other(folder: Path) -> None:
    source = folder / "specs" / "sources" / "orders.yaml"
    for name in ("a_logins", "z_logins"):
        text = source.read_text().replace("source: orders", f"source: {name}").replace("raw-order-events", name)
        source.with_name(f"{name}.yaml").write_text(text)
    keeping = TopicRetention(partitions=1, segment_bytes=1_000, retain_bytes=3_000)
    publish(folder, 10, keeping=keeping)
    headrace("archive")
    for _ in range(20):
        publish(folder, 20)
    for name in ("a_logins", "z_logins"):
        topic = f"persistent://public/default/{name}"
        append(folder / "var" / "topics", topic, ["k"] * 5, payloads(5), DAY.__int__)
    result = headrace("archive")
    assert result.exit_code == 4
    for word in ("a_logins: archived 5 events", "z_logins: archived 5 events", "orders: failed after 0 events"):
        assert word in result.output


@pytest.mark.parametrize(
    ("address", "arguments", "said"),
    [
        ("", [], "HEADRACE_ARCHIVE: not set; expected a folder or a URL such as s3://bucket/path"),
        (
            "nosuch://host/path",
            [],
            "nosuch://host/path: Protocol not known: nosuch; expected a folder or an fsspec URL",
        ),
        ("archive", ["--source", "order"], "--source order: unknown source; hint: did you mean orders?"),
    ],
)
def test_mistakes_are_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, address: str, arguments: list[str], said: str
) -> None:
    monkeypatch.setenv("HEADRACE_ARCHIVE", address)
    result = headrace("archive", *arguments)
    assert result.exit_code == 2
    assert said in result.output


def test_a_file_in_place_of_the_folder_is_told(folder: Path) -> None:
    publish(folder, 10)
    (folder / "archive").write_bytes(b"")
    result = headrace("archive")
    assert result.exit_code == 5
    assert "expected a folder, found a file" in result.output


def test_a_replay_reads_what_only_the_archive_has(folder: Path) -> None:
    """The topic holds only the last of 40 orders."""
    keeping = TopicRetention(partitions=1, segment_bytes=1_000, retain_bytes=2_000)
    noon = 1_767_268_800_000
    for number in range(40):
        row = b'{"event_type":"payment_success","user_id":"u1","amount":2.5,"timestamp":%d}' % (noon + number)
        append(folder / "var" / "topics", TOPIC, ["u1"], [row], (noon + number).__int__, keeping=keeping)
        if number % 5 == 4:
            assert headrace("archive").exit_code == 0
    assert extent_of(folder / "var" / "topics", TOPIC)["0"].first != "0"
    result = headrace("replay")
    assert result.exit_code == 0, result.output
    assert "40 events" in result.output
    answer = json.loads(headrace("get", "user", "u1", "--json").output)
    assert "100.0" in json.dumps(answer)


def sell(folder: Path, count: int, time_ms: int, partitions: int) -> None:
    rows = [
        b'{"event_type":"payment_success","user_id":"u%d","amount":1.0,"timestamp":%d}' % (n, time_ms)
        for n in range(count)
    ]
    keys, keeping = [f"u{number}" for number in range(count)], TopicRetention(partitions=partitions)
    append(folder / "var" / "topics", TOPIC, keys, rows, time_ms.__int__, keeping=keeping)


@pytest.mark.parametrize("partitions", some([1, 3]))
@pytest.mark.parametrize(
    "command",
    some(
        [
            ["replay"],
            ["replay", "--out", "rows"],
            ["replay", "--from", "1970-01-02", "--out", "rows"],
            ["dataset", "--at", "1970-01-10T00:00:00Z", *SPENT, "--out", "train.parquet"],
            ["dataset", "--estimate", "--at", "1970-01-10T00:00:00Z", *SPENT, "--out", "t.parquet"],
            ["archive"],
            ["archive", "--skip-lost"],
        ]
    ),
)
def test_no_command_joins_the_archive_with_a_topic_made_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch, partitions: int, command: list[str]
) -> None:
    monkeypatch.chdir(folder)
    sell(folder, 50, DAY, partitions)
    assert headrace("archive").exit_code == 0
    files = sorted((folder / "archive").rglob("*.parquet"))
    shutil.rmtree(folder / "var" / "topics")
    sell(folder, 400, 2 * DAY, partitions)
    result = headrace(*command)
    assert result.exit_code == 4, result.output
    assert "archived from the topic with id" in result.output
    assert "hint: if the topic was deleted and created again, set HEADRACE_ARCHIVE to another address" in result.output
    assert sorted((folder / "archive").rglob("*.parquet")) == files
    assert not list(folder.glob("*.parquet"))
    checked = headrace("archive", "--check")
    assert checked.exit_code == 1
    assert "foreign: " in checked.output and "archived from the topic with id" in checked.output
