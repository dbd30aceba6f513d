"""Tests that small files of an object store are fetched ahead, each with one request; others are opened."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from connectors.archive import ArchiveDamaged
from connectors.archive.archiver import FileLimits
from connectors.archive.reading import read_ahead
from tests.support.factories.topics.archived_topic import FOLDER, NOW, ArchivedLog
from tests.support.services.outside.s3 import served_bucket, with_s3
from tests.support.services.outside.unsteady_s3 import Fault, unsteady

pytestmark = pytest.mark.long

FILES, LAST = 12, "part-0-110-120"


class Requests:
    """Counts the requests of files by method; the answer to the first waits until `awaited` are there.

    The last file is left out: it is also opened to see whether archive and topic belong together.
    """

    def __init__(self) -> None:
        self.of_files = Counter[str]()
        self.awaited, self.there = 1, Event()

    def __call__(self, method: str, path: str) -> Fault:
        if path.endswith(".parquet") and LAST not in path:
            self.of_files[method] += 1
            if self.of_files.total() >= self.awaited:
                self.there.set()
            assert self.there.wait(120)
        return "none"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with served_bucket("ahead") as endpoint:
        yield endpoint


@pytest.fixture
def requests(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Requests]:
    requests = Requests()
    with unsteady(endpoint, requests) as url:
        with_s3(monkeypatch, url)
        yield requests


@pytest.fixture
def log(requests: Requests, tmp_path: Path) -> ArchivedLog:
    """Provides an archive of twelve files; no request for one is counted yet."""
    log = ArchivedLog(tmp_path / "topics", f"s3://ahead/{tmp_path.name}", limits=FileLimits(rows=10))
    log.publish(NOW, FILES * 10)
    log.archive()
    assert len(log.files()) == FILES
    requests.of_files.clear()
    return log


def test_files_are_fetched_together_each_with_one_request(requests: Requests, log: ArchivedLog) -> None:
    extents = log.extents()
    requests.of_files.clear()
    requests.awaited = read_ahead.AHEAD
    requests.there.clear()
    assert [payload for batch in log.read(extents) for payload in batch.payloads] == log.published
    assert requests.of_files == {"GET": FILES - 1}


@pytest.mark.parametrize("whole_bytes", [1, 1_000, 3_000])
def test_a_large_file_is_opened(
    whole_bytes: int, log: ArchivedLog, requests: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_ahead, "WHOLE_BYTES", whole_bytes)
    extents = log.extents()
    requests.of_files.clear()
    assert [payload for batch in log.read(extents) for payload in batch.payloads] == log.published
    assert requests.of_files["GET"] >= FILES - 1


def test_a_part_of_the_files_is_read(log: ArchivedLog) -> None:
    extents = {name: type(extent)("25", "95") for name, extent in log.extents().items()}
    assert [payload for batch in log.read(extents) for payload in batch.payloads] == log.published[25:95]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"x" * 5_000])
def test_a_file_that_lost_its_content_is_damaged(content: bytes, log: ArchivedLog) -> None:
    extents = log.extents()
    (path,) = (path for path in log.files() if path.endswith("part-0-70-80.parquet"))
    log.store.write(f"{FOLDER}/{path}", content)
    with pytest.raises(ArchiveDamaged, match=r"part-0-70-80\.parquet: not a whole Parquet file"):
        log.read(extents)
