"""An archive of a real broker: whole entries, days, restarts, what retention takes, and the join by position."""

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import pulsar as library
import pyarrow.parquet as pq
import pytest

from connectors.archive import (
    ArchiveDamaged,
    ArchivedHistory,
    ArchivedTopic,
    ArchiveGap,
    ArchiveStore,
    Copying,
    HeldTopic,
    TopicArchiver,
    archive_of,
    joined_extents,
)
from connectors.archive.archiver import FileLimits
from connectors.archive.columns import topic_id
from connectors.archive.draft import DraftFile
from connectors.messages import Extent, RawBatch
from connectors.pulsar import (
    MissingTopic,
    PulsarAdmin,
    PulsarConnection,
    PulsarHistory,
    TopicName,
    created,
    extent_of,
    publish,
)
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode, topics_of
from tests.support.broker.topics import admin_call, fresh_topic, numbers, topic_of
from tests.support.factories.archived_topic import read_on


class ArchivedTopicOnBroker:
    """A topic and its archive; files are full after `rows`."""

    def __init__(self, pulsar: PulsarConnection, topic: str, folder: Path, rows: int = 1_000_000) -> None:
        self.pulsar, self.topic, self.limits = pulsar, topic, FileLimits(rows=rows)
        self.store, self.folder = ArchiveStore(str(folder), folder / "drafts"), folder

    def messages(self, extents: Mapping[str, Extent], batch_rows: int = 10_000) -> PulsarHistory:
        return PulsarHistory(self.topic, self.pulsar, extents, batch_rows=batch_rows, rows_per_epoch=1_000)

    def archive(self, batch_rows: int = 10_000) -> None:
        archiver = TopicArchiver(self.topic, Copying(self.store, lambda: False, limits=self.limits))
        archiver.copy(self.held(batch_rows))

    def held(self, batch_rows: int = 10_000) -> HeldTopic:
        """What the topic holds now."""
        return HeldTopic(
            extent_of(self.topic, self.pulsar),
            lambda name: created(self.topic, name, self.pulsar),
            partial(self.messages, batch_rows=batch_rows),
        )

    def extents(self) -> dict[str, Extent]:
        name_of = f"{self.topic}-partition-{{}}".format
        return joined_extents(self.store, archive_of(self.store, self.topic), self.held(), name_of)

    def history(self, batch_rows: int = 10_000) -> ArchivedHistory:
        topic = ArchivedTopic(self.store, self.topic, self.messages, self.held, lambda partition, position: position)
        return ArchivedHistory(
            topic,
            self.extents(),
            stopping=lambda: False,
            clock=lambda: time.time_ns() // 1_000_000,
            batch_rows=batch_rows,
        )

    def read(self, batch_rows: int = 10_000) -> list[RawBatch]:
        source = self.history(batch_rows)
        return [batch for name in source.list_parts() for batch in read_on(source, name)[0]]

    def files(self) -> list[Path]:
        return sorted(self.folder.rglob("*.parquet"))


def payloads(batches: list[RawBatch]) -> list[bytes]:
    return [payload for batch in batches for payload in batch.payloads]


def test_archive_and_topic_are_one_history(pulsar: PulsarConnection, tmp_path: Path) -> None:
    archived = ArchivedTopicOnBroker(pulsar, topic_of(pulsar, "joined", numbers(2_000), partitions=2), tmp_path)
    archived.archive()
    publish(pulsar, archived.topic, [f"k{number}" for number in range(500)], numbers(500, 2_000))
    assert sorted(payloads(archived.read(300)), key=int) == numbers(2_500)
    archived.archive()
    assert len(archived.files()) == 4
    assert sorted(payloads(archived.read(300)), key=int) == numbers(2_500)


def test_positions_and_arrivals_are_those_of_the_topic(pulsar: PulsarConnection, tmp_path: Path) -> None:
    topic = topic_of(pulsar, "positions", numbers(100))
    publish(pulsar, topic, ["k"] * 50, numbers(50, 100))
    archived = ArchivedTopicOnBroker(pulsar, topic, tmp_path)
    (name,) = extent_of(topic, pulsar)
    alone = facts(read_on(archived.messages(extent_of(topic, pulsar)), name)[0])
    archived.archive()
    assert facts(archived.read()) == alone
    assert len(alone) == 150


def facts(batches: list[RawBatch]) -> list[tuple[str, bytes, int]]:
    return [
        (batch.position(row), payload, batch.arrived(row))
        for batch in batches
        if batch.arrived is not None
        for row, payload in enumerate(batch.payloads)
    ]


def test_a_topic_that_is_gone_is_read_from_its_archive(pulsar: PulsarConnection, tmp_path: Path) -> None:
    settings = Settings(
        var=tmp_path / "var",
        archive=str(tmp_path / "archive"),
        pulsar_url=pulsar.url,
        pulsar_admin_url=pulsar.admin_url,
    )
    mode = RunMode(bounded=True, checkpointed=False, stopping=lambda: False, now=lambda: time.time_ns() // 1_000_000)
    topic = topic_of(pulsar, "gone", numbers(300), partitions=2)
    archived = ArchivedTopicOnBroker(pulsar, topic, tmp_path / "archive")
    archived.archive()
    topics = topics_of(settings, mode)
    held = topics.extent(topic)
    admin_call(pulsar, "DELETE", f"persistent/{TopicName.parse(topic).path}/partitions?force=true")
    assert topics.extent(topic) == held
    source = topics.history(topic, held)
    batches = [batch for name in source.list_parts() for batch in read_on(source, name)[0]]
    assert sorted(payloads(batches), key=int) == numbers(300)
    with pytest.raises(MissingTopic):
        topics.extent(fresh_topic("never"))


def test_a_row_has_all_that_the_topic_knows(pulsar: PulsarConnection, tmp_path: Path) -> None:
    topic = topic_of(pulsar, "known", [])
    client = library.Client(pulsar.url, logger=library.FileLogger(library.LoggerLevel.Error, "/dev/null"))
    producer = client.create_producer(topic)
    large = bytes(range(256)) * 19_000
    producer.send(b"a", partition_key="k1", event_timestamp=1_234)
    producer.send(b"")
    producer.send(large, partition_key="")
    client.close()
    archived = ArchivedTopicOnBroker(pulsar, topic, tmp_path)
    archived.archive()
    (file,) = archived.files()
    rows = pq.ParquetFile(file).read().to_pylist()
    assert [(row["payload"], row["key"], row["event_ms"]) for row in rows] == [
        (b"a", "k1", 1_234),
        (b"", None, None),
        (large, None, None),
    ]
    assert [row["message_id"].split(":")[1] for row in rows] == ["0", "1", "2"]
    assert all(abs(row["published_ms"] - time.time() * 1_000) < 60_000 for row in rows)


@pytest.mark.parametrize("batch_rows", [1, 7, 10_000])
def test_an_entry_is_never_cut(pulsar: PulsarConnection, tmp_path: Path, batch_rows: int) -> None:
    """A batch of 10 messages is one entry, and a file of 4 is full in the middle of it."""
    topic = topic_of(pulsar, "whole", [])
    for number in range(3):
        publish(pulsar, topic, ["k"] * 10, numbers(10, 10 * number))
    archived = ArchivedTopicOnBroker(pulsar, topic, tmp_path, rows=4)
    archived.archive(batch_rows)
    assert [pq.ParquetFile(file).metadata.num_rows for file in archived.files()] == [10, 10, 10]
    assert payloads(archived.read(3)) == numbers(30)


def test_it_resumes_in_archive_and_topic(pulsar: PulsarConnection, tmp_path: Path) -> None:
    topic = topic_of(pulsar, "resumes", numbers(50))
    archived = ArchivedTopicOnBroker(pulsar, topic, tmp_path)
    archived.archive()
    publish(pulsar, topic, ["k"] * 50, numbers(50, 50))
    source = archived.history(batch_rows=8)
    (name,) = source.list_parts()
    for most in range(1, 14):
        head, state = read_on(source, name, most=most)
        rest = read_on(source, name, state)[0] if not head[-1].ended else []
        assert payloads(head + rest) == numbers(100)


def test_what_retention_has_taken_is_read_from_the_archive(pulsar: PulsarConnection, tmp_path: Path) -> None:
    """A broker that is restarted begins a new ledger: an empty file says that nothing lies between."""
    archived = ArchivedTopicOnBroker(pulsar, fresh_topic("taken"), tmp_path)
    path = f"persistent/{TopicName.parse(archived.topic).path}"
    admin_call(pulsar, "PUT", path)
    publish(pulsar, archived.topic, ["k"] * 10, numbers(10))
    archived.archive()
    admin_call(pulsar, "PUT", f"{path}/unload")
    # a reader lets the topic be loaded again
    read_on(archived.messages(extent_of(archived.topic, pulsar)), archived.topic)
    archived.archive()
    assert [pq.ParquetFile(file).metadata.num_rows for file in archived.files()] == [10, 0]
    publish(pulsar, archived.topic, ["k"] * 10, numbers(10, 10))
    emptied(pulsar, archived.topic)
    assert payloads(archived.read()) == numbers(20)


def test_what_retention_has_taken_before_is_named(pulsar: PulsarConnection, tmp_path: Path) -> None:
    archived = ArchivedTopicOnBroker(pulsar, fresh_topic("lost"), tmp_path)
    path = f"persistent/{TopicName.parse(archived.topic).path}"
    admin_call(pulsar, "PUT", path)
    publish(pulsar, archived.topic, ["k"] * 10, numbers(10))
    archived.archive()
    publish(pulsar, archived.topic, ["k"] * 10, numbers(10, 10))
    admin_call(pulsar, "PUT", f"{path}/unload")
    publish(pulsar, archived.topic, ["k"] * 10, numbers(10, 20))
    emptied(pulsar, archived.topic)
    said = r"positions \d+:1 up to \d+:0 are neither in the archive nor in the topic"
    for attempt in (archived.extents, archived.archive):
        with pytest.raises(ArchiveGap, match=said):
            attempt()


def made_anew(pulsar: PulsarConnection, topic: str, partitions: int) -> None:
    admin_call(pulsar, "DELETE", f"persistent/{TopicName.parse(topic).path}/partitions?force=true")
    PulsarAdmin(pulsar).ensure_topic(topic, partitions)


@pytest.mark.parametrize("count", [1, 50, 500])
def test_a_topic_made_anew_is_refused(pulsar: PulsarConnection, tmp_path: Path, count: int) -> None:
    """Ledgers of one cluster are numbered on, so its positions are behind those of the archive, like a gap."""
    some = ArchivedTopicOnBroker(pulsar, topic_of(pulsar, "anew", numbers(100), partitions=2), tmp_path)
    some.archive()
    files = some.files()
    made_anew(pulsar, some.topic, 2)
    publish(pulsar, some.topic, [f"k{number}" for number in range(count)], numbers(count))
    for attempt in (some.extents, some.archive):
        with pytest.raises(ArchiveDamaged, match=r"archived from the topic with id \d+, but its id is \d+; hint: if"):
            attempt()
    assert some.files() == files


def test_a_new_topic_without_messages_leaves_the_archive_alone(pulsar: PulsarConnection, tmp_path: Path) -> None:
    some = ArchivedTopicOnBroker(pulsar, topic_of(pulsar, "empty", numbers(100), partitions=2), tmp_path)
    some.archive()
    files = some.files()
    made_anew(pulsar, some.topic, 2)
    assert sorted(payloads(some.read()), key=int) == numbers(100)
    some.archive()
    assert some.files() == files


def test_a_cluster_that_numbers_its_ledgers_again_is_another_one(pulsar: PulsarConnection, tmp_path: Path) -> None:
    """As after the loss of its metadata: the archive of another topic, whose positions lie within this one's."""
    old = ArchivedTopicOnBroker(pulsar, topic_of(pulsar, "old", numbers(100)), tmp_path / "old")
    old.archive()
    new = topic_of(pulsar, "new", numbers(100))
    at = extent_of(new, pulsar)[f"{new}-partition-0"].first.split(":")[0]
    then = ArchivedTopicOnBroker(pulsar, new, tmp_path / "archive")
    renamed(old, then, at)
    for id_of, said in (
        (then.held().id_of, "archived from the topic with id"),
        (lambda name: "", "is not the topic's"),
    ):
        held = replace(then.held(), id_of=id_of)
        with pytest.raises(ArchiveDamaged, match=said):
            joined_extents(then.store, archive_of(then.store, then.topic), held, str)


def renamed(old: ArchivedTopicOnBroker, new: ArchivedTopicOnBroker, ledger: str) -> None:
    """Writes the messages of one archive as if their ledger had the number of another."""
    (file,) = old.files()
    first, end = (f"{ledger}:{position.split('.')[1]}" for position in file.stem.split("-")[2:])
    rows = pq.ParquetFile(file)
    table = rows.read()
    positions = [f"{ledger}:{one.split(':', 1)[1]}" for one in table.column("message_id").to_pylist()]
    table = table.set_column(2, table.schema.field("message_id"), [positions])
    draft = DraftFile(tmp_draft(new), first, "2026-01-01", None)
    draft.add(table, 0, end)
    found = archive_of(new.store, new.topic)
    path = f"{found.folder}/published=2026-01-01/part-0-{first}-{end}.parquet".replace(":", ".")
    new.store.put(draft.close(end, topic_id(rows)), path)


def tmp_draft(new: ArchivedTopicOnBroker) -> Path:
    return new.store.draft(archive_of(new.store, new.topic).folder, "part-0")


def test_a_topic_made_anew_is_refused_by_the_settings_alone(pulsar: PulsarConnection, tmp_path: Path) -> None:
    """Also where the positions were resolved before, as those of a replay that is resumed."""
    settings = Settings(
        var=tmp_path / "var",
        archive=str(tmp_path / "archive"),
        pulsar_url=pulsar.url,
        pulsar_admin_url=pulsar.admin_url,
    )
    mode = RunMode(bounded=True, checkpointed=False, stopping=lambda: False, now=lambda: time.time_ns() // 1_000_000)
    topic = topic_of(pulsar, "settings", numbers(300), partitions=2)
    ArchivedTopicOnBroker(pulsar, topic, tmp_path / "archive").archive()
    topics = topics_of(settings, mode)
    held = topics.extent(topic)
    made_anew(pulsar, topic, 2)
    publish(pulsar, topic, [f"k{number}" for number in range(500)], numbers(500))
    source = topics.history(topic, held)
    with pytest.raises(ArchiveDamaged, match="archived from the topic with id"):
        read_on(source, source.list_parts()[0])
    with pytest.raises(ArchiveDamaged, match="archived from the topic with id"):
        topics.extent(topic)


def emptied(pulsar: PulsarConnection, topic: str) -> None:
    """Lets the broker delete all ledgers but the last."""
    path = f"persistent/{TopicName.parse(topic).path}"
    before = extent_of(topic, pulsar)[topic].first
    admin_call(pulsar, "POST", f"{path}/retention", {"retentionTimeInMinutes": 0, "retentionSizeInMB": 0})
    for _ in range(60):  # the broker trims when it gets to it
        admin_call(pulsar, "POST", f"{path}/trim")
        if extent_of(topic, pulsar)[topic].first != before:
            return
        time.sleep(0.5)
    raise AssertionError(f"{topic}: the broker deleted nothing")
