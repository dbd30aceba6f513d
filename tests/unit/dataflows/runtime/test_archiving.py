"""Tests the archive as a branch of the live graph: it archives, and its failures never affect features."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from connectors.archive import ArchiveStore, CopyOptions
from connectors.embedded.topics import TopicRetention, append
from dataflows.definitions.loader import Source
from dataflows.runtime.archiving.branch import archive_ports
from dataflows.runtime.archiving.passes import ArchivePass, day_is_over
from dataflows.runtime.archiving.sink import ArchiveThread
from dataflows.runtime.archiving.ticks import ArchiveTicks
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode, live_topics
from tests.support.factories.order_events import source
from tests.support.factories.topics.embedded_topic import payloads

DAY = 86_400_000


class World:
    """A source over an embedded topic, an archive, and a settable clock."""

    def __init__(self, folder: Path) -> None:
        self.source, self.now, self.gaps = source(folder / "specs"), [DAY], list[Exception]()
        self.settings = Settings(var=folder / "var", archive=str(folder / "archive"))
        self.folder = folder

    def publish(self, count: int, keeping: TopicRetention | None = None) -> None:
        root = self.folder / "var" / "topics"
        append(root, self.source.topic, ["k"] * count, payloads(count), self.time, keeping=keeping)

    def time(self) -> int:
        return self.now[0]

    def looks(self, url: str | None = None) -> ArchivePass:
        mode = RunMode(bounded=True, checkpointed=False, stopping=lambda: False, now=self.time)
        topics = live_topics(self.settings, mode)
        store = ArchiveStore(url or str(self.folder / "archive"), self.folder / "drafts")
        return ArchivePass([self.source], topics, lambda source: self.copying(store, source), 300, self.time)

    def copying(self, store: ArchiveStore, source: Source) -> CopyOptions:
        return CopyOptions(
            store,
            stopping=lambda: False,
            over=lambda day: day_is_over(day, self.time()),
            lost=self.gaps.append,
        )

    def files(self) -> list[str]:
        return sorted(file.name for file in (self.folder / "archive").rglob("*.parquet"))

    def failing(self) -> float | None:
        return REGISTRY.get_sample_value("headrace_archive_failing", {"source": self.source.name})


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


ONE = TopicRetention(partitions=1)


def test_a_day_is_archived_when_it_is_over(world: World) -> None:
    look = world.looks()
    for hours, files in ((0, 0), (23, 0), (24.5, 0), (25, 1), (26, 1)):
        world.now[0] = DAY + int(hours * 3_600_000)
        if hours < 24:
            world.publish(5, ONE)
        look()
        assert len(world.files()) == files
    assert world.files() == ["part-0-0-10.parquet"]
    look.discard()


def test_a_store_that_fails_is_told_once_and_caught_up_later(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.publish(5, ONE)
    world.now[0] += 2 * DAY
    (world.folder / "archive").write_bytes(b"")
    look = world.looks()
    with caplog.at_level(logging.INFO):
        for _ in range(5):
            look()
            world.now[0] += 10 * 3_600_000
    assert world.failing() == 1
    (message,) = caplog.messages
    assert "are not archived: " in message
    assert "features are not affected" in message
    (world.folder / "archive").unlink()
    look()
    assert world.failing() == 0
    assert world.files() == ["part-0-0-5.parquet"]


def test_a_store_that_fails_is_asked_less_and_less(world: World) -> None:
    world.publish(5, ONE)
    (world.folder / "archive").write_bytes(b"")
    look, asked = world.looks(), list[int]()
    for minutes in range(0, 200, 5):
        world.now[0] = DAY + minutes * 60_000
        (source,) = look._sources
        if source._next_ms <= world.now[0]:
            asked.append(minutes)
        look()
    assert world.failing() == 1
    assert asked == [0, 5, 15, 35, 75, 135, 195]


def test_what_a_topic_has_removed_is_told_and_the_archive_goes_on(world: World) -> None:
    keeping = TopicRetention(partitions=1, segment_bytes=1_000, retain_bytes=3_000)
    world.publish(5, keeping)
    world.now[0] += 2 * DAY
    world.looks()()
    for _ in range(20):
        world.publish(20, keeping)
    world.now[0] += 2 * DAY
    world.looks()()
    (gap,) = world.gaps
    assert "positions 5 up to" in str(gap)
    assert world.files()[-1].endswith("-405.parquet")


@pytest.mark.parametrize(
    ("day", "now_ms", "over"),
    [
        ("1970-01-01", DAY + 3_599_999, False),
        ("1970-01-01", DAY + 3_600_000, True),
        ("2026-01-01", 0, False),
        ("+10000-01-01", 0, True),
    ],
)
def test_a_day_is_over_an_hour_after_its_end(day: str, now_ms: int, over: bool) -> None:
    assert day_is_over(day, now_ms) is over


def test_ticks_come_at_the_start_and_then_at_times() -> None:
    now, stopping = [1_000], [False]
    ticks = ArchiveTicks(300_000, lambda: stopping[0], lambda: now[0]).build_part("in", "archive", None)
    seen = list[int]()
    for time_s in (1_000, 1_001, 300_999, 301_000, 301_001):
        now[0] = time_s
        seen += [tick for _, tick in ticks.next_batch()]
    assert seen == [1_000, 301_000]
    stopping[0] = True
    with pytest.raises(StopIteration):
        ticks.next_batch()


def test_the_sink_never_waits_for_a_look() -> None:
    looking, go, looks = threading.Event(), threading.Event(), list[int]()

    def look(over: Callable[[], bool]) -> None:
        looks.append(1)
        looking.set()
        go.wait(10)

    sink = ArchiveThread(look)
    sink.write_batch([1])
    assert looking.wait(10)
    began = time.monotonic()
    for tick in range(1_000):
        sink.write_batch([tick])
    assert time.monotonic() - began < 5
    go.set()
    sink.close()
    assert 1 <= len(looks) <= 2


def test_without_an_archive_there_is_no_branch(world: World) -> None:
    mode = RunMode(bounded=False, checkpointed=False, stopping=lambda: False, now=world.time)
    without = world.settings.model_copy(update={"archive": None})
    assert archive_ports(without, [world.source], mode, lambda source: source) is None
    assert archive_ports(world.settings, [world.source], mode, lambda source: source) is not None
