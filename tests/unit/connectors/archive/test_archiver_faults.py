"""Tests archivers that are killed, run twice or come too late: files are whole, and what is missing is named."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.archive import ArchiveGap, ArchiveStore, ArchiveTaken
from connectors.archive.archiver import FileLimits
from connectors.embedded.topics import TopicRetention
from tests.support.factories.topics.archived_topic import DAY, NOW, ArchivedLog, log_in
from tests.support.generators.seeds import rng_of, seeds
from tests.support.paths import ROOT

MORNING = NOW - NOW % DAY - DAY


def test_what_the_topic_lost_before_is_an_error_or_is_skipped(tmp_path: Path) -> None:
    keeping = TopicRetention(partitions=1, segment_bytes=1_000, retain_bytes=3_000)
    archived = log_in(tmp_path, keeping=keeping)
    archived.publish(MORNING, 10)
    archived.archive()
    for _ in range(20):
        archived.publish(MORNING, 20)
    with pytest.raises(ArchiveGap, match=r"partition 0: positions 10 up to \d+ are neither in the archive nor in the"):
        archived.archive()
    archiver, copying = archived.copying()
    lost = list[ArchiveGap]()
    skipping = type(copying)(copying.store, copying.stopping, lost=lost.append)
    archived.copy(type(archiver)("persistent://public/default/events", skipping))
    assert len(lost) == 1
    assert archived.files()[-1].endswith("-410.parquet")
    with pytest.raises(ArchiveGap, match=r"positions 10 up to \d+ are missing between .*part-0-0-10.parquet and"):
        archived.read()


def test_what_was_read_before_the_topic_lost_it_is_kept(tmp_path: Path) -> None:
    keeping = TopicRetention(partitions=1, segment_bytes=1_000, retain_bytes=3_000)
    archived = log_in(tmp_path, keeping=keeping)
    archiver, _ = archived.copying(over=False)
    archived.publish(MORNING, 10)
    archived.copy(archiver)
    for _ in range(20):
        archived.publish(MORNING, 20)
    with pytest.raises(Exception, match="rows 10 to 409 are requested, but the topic holds"):
        archived.copy(archiver)
    assert archived.files() == ["published=2027-01-14/part-0-0-10.parquet"]


def test_two_archivers_are_told_apart(tmp_path: Path) -> None:
    archived = log_in(tmp_path)
    archived.publish(MORNING, 10)
    first, _ = archived.copying(over=False)
    archived.copy(first)
    archived.archive()
    archived.publish(MORNING + DAY, 10)
    with pytest.raises(ArchiveTaken, match="is now archived up to 10, but this archiver wrote up to nothing"):
        archived.copy(first)
    archived.copy(first)
    first.discard()
    archived.archive()
    assert [payload for batch in archived.read() for payload in batch.payloads] == archived.published


KILLED = """
import os, signal, sys
from pathlib import Path
from connectors.archive.archiver import FileLimits
from connectors.archive.store import ArchiveStore
from tests.support.factories.topics.archived_topic import ArchivedLog

root, at = Path(sys.argv[1]), int(sys.argv[2])
some = ArchivedLog(root / "topics", str(root / "archive"), limits=FileLimits(rows=50))
calls = [0]

def dying(name):
    whole = getattr(ArchiveStore, name)
    def call(*given):
        calls[0] += 1
        if calls[0] == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(*given)
    setattr(ArchiveStore, name, call)

for name in ("expect_room", "draft", "put", "paths"):
    dying(name)
some.archive(batch_rows=13)
"""


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize("seed", seeds(3))
def test_a_killed_archiver_leaves_whole_files_and_the_next_one_the_same(tmp_path: Path, seed: int) -> None:
    archived = ArchivedLog(tmp_path / "topics", str(tmp_path / "expected"), limits=FileLimits(rows=50))
    archived.publish(MORNING, 120)
    archived.publish(MORNING + DAY, 120)
    archived.archive()
    for size in rng_of(seed).integers(1, 30, size=3):
        killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(size)], cwd=ROOT, check=False)
        assert killed.returncode in (-signal.SIGKILL, 0)
    after = ArchivedLog(tmp_path / "topics", str(tmp_path / "archive"), limits=FileLimits(rows=50))
    after.archive(batch_rows=7)
    assert after.files() == archived.files()
    assert [payload for batch in after.read() for payload in batch.payloads] == archived.published
    assert not list((tmp_path / "archive").rglob(".*"))


def test_drafts_of_living_processes_stay(tmp_path: Path) -> None:
    store = ArchiveStore(str(tmp_path), tmp_path / "drafts")
    own = store.draft("a", "part-0")
    own.write_bytes(b"")
    processes = (os.getppid(), 2**22 + 1, os.getpid())
    other, dead, earlier = (own.with_name(f".part-0.0.{process}") for process in processes)
    for left in (other, dead, earlier):
        left.write_bytes(b"")
    store.draft("a", "part-0")
    assert sorted(own.parent.iterdir()) == sorted([own, other])
