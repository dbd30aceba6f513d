"""Tests an S3 that is busy, refuses, or breaks off in the middle of a body."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.archive import ArchiveDamaged, ArchiveUnavailable
from connectors.archive.archiver import FileLimits
from tests.support.factories.topics.archived_topic import NOW, ArchivedLog
from tests.support.services.outside.s3 import served_bucket, with_s3
from tests.support.services.outside.unsteady_s3 import Fault, unsteady

pytestmark = pytest.mark.long


class Network:
    """Has the fault that `fault_of` returns for a method, a path and how often it was asked; none by default."""

    def __init__(self) -> None:
        self.fault_of: Callable[[str, str, int], Fault] = lambda method, path, times: "none"
        self._asked = Counter[tuple[str, str]]()

    def __call__(self, method: str, path: str) -> Fault:
        self._asked[method, path] += 1
        return self.fault_of(method, path, self._asked[method, path])


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with served_bucket("unsteady") as endpoint:
        yield endpoint


@pytest.fixture
def network(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    network = Network()
    with unsteady(endpoint, network) as url:
        with_s3(monkeypatch, url)
        yield network


@pytest.fixture
def log(network: Network, tmp_path: Path) -> ArchivedLog:
    log = ArchivedLog(tmp_path / "topics", f"s3://unsteady/{tmp_path.name}", limits=FileLimits(rows=150))
    log.publish(NOW, 200)
    return log


def test_what_is_refused_or_cut_once_is_asked_again(network: Network, log: ArchivedLog) -> None:
    network.fault_of = lambda method, path, times: "none" if times > 1 else "cut" if method == "GET" else "slow_down"
    log.archive()
    assert len(log.files()) == 2
    assert [payload for batch in log.read() for payload in batch.payloads] == log.published


@pytest.mark.parametrize(
    ("fault", "why"), [("cut", "Response payload is not completed"), ("denied", "The provided token has expired")]
)
def test_files_that_cannot_be_read_are_unavailable_not_damaged(
    network: Network, log: ArchivedLog, fault: Fault, why: str
) -> None:
    log.archive()
    extents = log.extents()
    network.fault_of = lambda method, path, times: fault if method == "GET" and path.endswith(".parquet") else "none"
    with pytest.raises(ArchiveUnavailable, match=rf"cannot read public/default/events/published=.*\.parquet: {why}"):
        log.read(extents)


def test_a_file_that_is_removed_while_it_is_read_no_longer_exists(network: Network, log: ArchivedLog) -> None:
    log.archive()
    extents = log.extents()
    network.fault_of = lambda method, path, times: "gone" if method == "GET" and path.endswith(".parquet") else "none"
    with pytest.raises(ArchiveDamaged, match="the file no longer exists; hint: restore it"):
        log.read(extents)


def test_a_file_that_cannot_be_written_is_written_next_time(network: Network, log: ArchivedLog, tmp_path: Path) -> None:
    network.fault_of = lambda method, path, times: "denied" if method == "PUT" and "150-200" in path else "none"
    with pytest.raises(ArchiveUnavailable, match=r"cannot write .*part-0-150-200\.parquet: The provided token has"):
        log.archive()
    assert len(log.files()) == 1
    assert not list(tmp_path.rglob(".part-*"))
    network.fault_of = lambda method, path, times: "none"
    log.archive()
    assert [payload for batch in log.read() for payload in batch.payloads] == log.published
