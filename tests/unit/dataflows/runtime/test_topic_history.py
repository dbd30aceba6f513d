"""Tests topics as the history of a run: their content as text, parsed back exactly, with or without an archive."""

import json
from pathlib import Path

import pytest

from connectors.archive import CopyOptions, TopicArchiver
from connectors.embedded.topics import TopicRetention, append
from connectors.messages import Extent, RawBatch
from dataflows.runtime.archived_topics import held_topic
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode, Topics, archive_store, live_topics, topics_of
from tests.support.factories.topics.archived_topic import read_on
from tests.support.factories.topics.embedded_topic import TOPIC, clock, never, payloads

MODE = RunMode(bounded=True, checkpointed=False, stopping=never, now=clock)


def settings(folder: Path, archive: bool) -> Settings:
    address = str(folder / "archive") if archive else None
    return Settings(var=folder / "var", archive=address, batch_rows=30)


def publish(folder: Path, count: int, start: int = 0, keeping: TopicRetention | None = None) -> None:
    keys = [f"k{number}" for number in range(count)]
    append(folder / "var" / "topics", TOPIC, keys, payloads(count, start), clock, keeping=keeping)


def archive(folder: Path) -> None:
    here = settings(folder, archive=True)
    topics = live_topics(here, MODE)
    copying = CopyOptions(archive_store(str(folder / "archive"), here), never)
    TopicArchiver(TOPIC, copying).copy(lambda: held_topic(topics, TOPIC))


def read(topics: Topics, extents: dict[str, Extent]) -> list[RawBatch]:
    source = topics.history(TOPIC, extents)
    return [batch for name in source.list_parts() for batch in read_on(source, name)[0]]


@pytest.mark.parametrize("archived", [False, True])
def test_what_is_told_once_is_read_again_later(tmp_path: Path, archived: bool) -> None:
    publish(tmp_path, 100)
    if archived:
        archive(tmp_path)
    publish(tmp_path, 100, 100)
    topics = topics_of(settings(tmp_path, archived), MODE)
    positions = json.dumps({name: [extent.first, extent.end] for name, extent in topics.extent(TOPIC).items()})
    publish(tmp_path, 100, 200)
    extents = {name: Extent(*pair) for name, pair in json.loads(positions).items()}
    batches = read(topics, extents)
    assert sorted(payload for batch in batches for payload in batch.payloads) == sorted(payloads(200))
    assert sum(batch.ended for batch in batches) == 2
    assert all(batch.arrivals is not None for batch in batches if batch.payloads)


def test_what_was_told_before_the_archive_is_read_from_it(tmp_path: Path) -> None:
    """A data set names the positions it was made from; years later only the archive has them."""
    keeping = TopicRetention(partitions=1, segment_bytes=1_000, retain_bytes=2_000)
    publish(tmp_path, 20, keeping=keeping)
    extents = topics_of(settings(tmp_path, archive=False), MODE).extent(TOPIC)
    archive(tmp_path)
    for start in range(20, 200, 20):
        publish(tmp_path, 20, start)
        archive(tmp_path)
    batches = read(topics_of(settings(tmp_path, archive=True), MODE), extents)
    assert [payload for batch in batches for payload in batch.payloads] == payloads(20)


def test_only_the_archive_has_some_partitions(tmp_path: Path) -> None:
    publish(tmp_path, 100, keeping=TopicRetention(partitions=4))
    archive(tmp_path)
    (tmp_path / "var").rename(tmp_path / "gone")
    topics = topics_of(settings(tmp_path, archive=True), MODE)
    extents = topics.extent(TOPIC)
    assert sorted(extents) == ["0", "1", "2", "3"]
    batches = read(topics, extents)
    assert sorted(payload for batch in batches for payload in batch.payloads) == sorted(payloads(100))
