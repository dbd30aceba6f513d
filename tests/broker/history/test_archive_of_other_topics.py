"""Tests that a recreated topic is distinguished from the one in its archive."""

from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from connectors.archive import (
    ArchiveDamaged,
    archive_of,
    joined_extents,
)
from connectors.archive.draft import DraftFile
from connectors.archive.file_facts import topic_id
from connectors.pulsar import (
    PulsarAdmin,
    PulsarConnection,
    TopicName,
    extent_of,
    publish,
)
from dataflows.runtime.topics import topics_of
from tests.support.broker.archived_topic import BOUNDED, ArchivedTopicOnBroker, archiving
from tests.support.broker.topics import admin_call, numbers, topic_of
from tests.support.factories.topics.archived_topic import read_on
from tests.support.factories.topics.embedded_topic import rows


def made_anew(pulsar: PulsarConnection, topic: str, partitions: int) -> None:
    admin_call(pulsar, "DELETE", f"persistent/{TopicName.parse(topic).path}/partitions?force=true")
    PulsarAdmin(pulsar).ensure_topic(topic, partitions)


@pytest.mark.parametrize("count", [1, 50, 500])
def test_a_topic_made_anew_is_refused(pulsar: PulsarConnection, tmp_path: Path, count: int) -> None:
    """Ledgers of one cluster are numbered consecutively, so its positions are behind those of the archive, like a
    gap."""
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
    assert sorted(rows(some.read()), key=int) == numbers(100)
    some.archive()
    assert some.files() == files


def test_a_cluster_that_numbers_its_ledgers_again_is_another_one(pulsar: PulsarConnection, tmp_path: Path) -> None:
    """As after the loss of its metadata: the archive of another topic, whose positions are within this one's."""
    old = ArchivedTopicOnBroker(pulsar, topic_of(pulsar, "old", numbers(100)), tmp_path / "old")
    old.archive()
    new = topic_of(pulsar, "new", numbers(100))
    ledger = extent_of(new, pulsar)[f"{new}-partition-0"].first.split(":")[0]
    then = ArchivedTopicOnBroker(pulsar, new, tmp_path / "archive")
    renamed(old, then, ledger)
    for id_of, pattern in (
        (then.held().id_of, "archived from the topic with id"),
        (lambda name: "", "is not the topic's"),
    ):
        held = replace(then.held(), id_of=id_of)
        with pytest.raises(ArchiveDamaged, match=pattern):
            joined_extents(then.store, archive_of(then.store, then.topic), held, str)


def renamed(old: ArchivedTopicOnBroker, new: ArchivedTopicOnBroker, ledger: str) -> None:
    """Writes the messages of one archive as if their ledger had the number of another."""
    (file,) = old.files()
    first, end = (f"{ledger}:{position.split('.')[1]}" for position in file.stem.split("-")[2:])
    rows = pq.ParquetFile(file)
    table = rows.read()
    positions = [f"{ledger}:{message_id.split(':', 1)[1]}" for message_id in table.column("message_id").to_pylist()]
    table = table.set_column(2, table.schema.field("message_id"), [positions])
    draft = DraftFile(tmp_draft(new), 0, first, "2026-01-01", None)
    draft.add(table, 0, end)
    archive = archive_of(new.store, new.topic)
    path = f"{archive.folder}/published=2026-01-01/part-0-{first}-{end}.parquet".replace(":", ".")
    new.store.put(draft.close(end, topic_id(rows)), path)


def tmp_draft(new: ArchivedTopicOnBroker) -> Path:
    return new.store.draft(archive_of(new.store, new.topic).folder, "part-0")


def test_a_topic_made_anew_is_refused_by_the_settings_alone(pulsar: PulsarConnection, tmp_path: Path) -> None:
    """Even if the positions were resolved before, as those of a resumed replay."""
    topic = topic_of(pulsar, "settings", numbers(300), partitions=2)
    ArchivedTopicOnBroker(pulsar, topic, tmp_path / "archive").archive()
    topics = topics_of(archiving(pulsar, tmp_path), BOUNDED)
    held = topics.extent(topic)
    made_anew(pulsar, topic, 2)
    publish(pulsar, topic, [f"k{number}" for number in range(500)], numbers(500))
    source = topics.history(topic, held)
    with pytest.raises(ArchiveDamaged, match="archived from the topic with id"):
        read_on(source, source.list_parts()[0])
    with pytest.raises(ArchiveDamaged, match="archived from the topic with id"):
        topics.extent(topic)
