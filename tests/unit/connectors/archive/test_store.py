"""Tests stores of an archive: a folder, memory, S3 over real HTTP; a full disk, a nearly full one, an unreachable
S3."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.archive import ArchiveDiskFull, ArchiveStore, ArchiveUnavailable, ArchiveUrlError
from tests.support.factories.topics.archived_topic import DAY, FOLDER, NOW, ArchivedLog
from tests.support.paths import ROOT
from tests.support.services.outside.s3 import served_bucket, with_s3
from tests.support.services.ports import free_port


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Yields the endpoint of an S3 with the bucket `archive`."""
    with served_bucket("archive") as endpoint:
        yield endpoint


@pytest.fixture(params=["folder", "file", "memory", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "s3":
        with_s3(monkeypatch, request.getfixturevalue("s3"))
    return {
        "folder": str(tmp_path / "archive"),
        "file": f"file://{tmp_path}/archive",
        "memory": f"memory://{tmp_path.name}",
        "s3": f"s3://archive/{tmp_path.name}",
    }[str(request.param)]


def test_every_store_holds_the_same(url: str, tmp_path: Path) -> None:
    archived = ArchivedLog(tmp_path, url)
    archived.publish(NOW - DAY, 50)
    archived.publish(NOW, 50)
    archived.archive()
    archived.publish(NOW, 10)
    assert archived.files() == [
        "published=2027-01-14/part-0-0-50.parquet",
        "published=2027-01-15/part-0-50-100.parquet",
    ]
    assert [payload for batch in archived.read(batch_rows=30) for payload in batch.payloads] == archived.published
    assert not list((tmp_path / "drafts").glob("*"))


def test_an_s3_that_is_away_or_has_no_such_bucket_is_told(
    s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_s3(monkeypatch, s3)
    archived = ArchivedLog(tmp_path, "s3://nosuch/path")
    archived.publish(NOW, 10)
    with pytest.raises(ArchiveUnavailable, match=r"archive at s3://nosuch/path: cannot write .*_holder.json: "):
        archived.archive()
    with_s3(monkeypatch, f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")  # without the seconds its client waits between attempts
    with pytest.raises(ArchiveUnavailable, match="archive at s3://archive/path: cannot list"):
        ArchiveStore("s3://archive/path", tmp_path).paths("x")


def test_an_address_that_nothing_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveUrlError, match=r"nosuch://host: .*; expected a folder or an fsspec URL such as s3://"):
        ArchiveStore("nosuch://user:canary@host?secret=canary", tmp_path)


FULL = """
import resource, signal, sys
from pathlib import Path
from tests.support.factories.topics.archived_topic import NOW, ArchivedLog

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
some = ArchivedLog(Path(sys.argv[1]) / "topics", sys.argv[1] + "/archive")
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))
try:
    some.archive()
except OSError as error:
    print(error.filename, error.strerror, sep="\\n")
"""


def test_a_disk_that_takes_no_more_leaves_no_half_file(tmp_path: Path) -> None:
    archived = ArchivedLog(tmp_path / "topics", str(tmp_path / "archive"))
    archived.put(NOW, [bytes([number % 251]) * 40 + str(number).encode() for number in range(5_000)])
    ended = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    where, why = ended.stdout.splitlines()
    assert where.startswith(str(tmp_path / "archive"))
    assert why == "File too large"
    assert not [file for file in (tmp_path / "archive").rglob("*") if file.is_file()]
    archived.archive()
    assert [payload for batch in archived.read() for payload in batch.payloads] == archived.published


def test_the_last_of_a_disk_is_left_to_others(tmp_path: Path) -> None:
    archived = ArchivedLog(tmp_path / "topics", str(tmp_path / "archive"))
    archived.publish(NOW, 10)
    archived.archive()
    archived.publish(NOW, 10)
    archived.store = ArchiveStore(str(tmp_path / "archive"), tmp_path / "drafts", spare_bytes=1 << 60)
    with pytest.raises(ArchiveDiskFull, match=r"MB left, and \d+ MB are kept for the dataflow; hint: free some space"):
        archived.archive()
    assert len(archived.files()) == 1
    assert not [file.name for file in (tmp_path / "archive" / FOLDER).iterdir() if file.is_file()]
