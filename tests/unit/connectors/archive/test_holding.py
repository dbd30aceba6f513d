"""Tests that two archivers never write overlapping files: in a folder and on S3, also after kill -9."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from connectors.archive import ArchiveStore, ArchiveTaken, TopicArchiver, TopicContent, archive_of
from connectors.archive.archiver import FileLimits
from connectors.archive.holding import new_holder, now_ms
from connectors.archive.holding.lease import LEASE_MS, ArchiveLease
from connectors.errors import HeadraceError
from connectors.messages import Extent
from tests.support.factories.topics.archived_topic import DAY, FOLDER, NOW, ArchivedLog
from tests.support.factories.topics.embedded_topic import TOPIC
from tests.support.paths import ROOT
from tests.support.services.outside.s3 import served_bucket, with_s3

MORNING = NOW - NOW % DAY - DAY
NOTES = f"{FOLDER}/_archiver"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with served_bucket("held") as endpoint:
        yield endpoint


@pytest.fixture(params=["folder", "s3"])
def log(tmp_path: Path, request: pytest.FixtureRequest) -> ArchivedLog:
    if request.param == "folder":
        return archived_log(tmp_path, str(tmp_path / "archive"))
    with_s3(request.getfixturevalue("environment"), request.getfixturevalue("endpoint"))
    return archived_log(tmp_path, f"s3://held/{tmp_path.name}")


@pytest.fixture
def environment() -> Iterator[pytest.MonkeyPatch]:
    """Yields the environment of a test, which outlives its other changes."""
    with pytest.MonkeyPatch.context() as environment:
        yield environment


def archived_log(tmp_path: Path, url: str) -> ArchivedLog:
    """Returns a topic of 120 rows with its archive, whose files have 50 rows."""
    made = ArchivedLog(tmp_path / "topics", url, limits=FileLimits(rows=50))
    made.publish(MORNING, 120)
    return made


def alone(log: ArchivedLog, archiver: TopicArchiver, held: Callable[[], TopicContent]) -> None:
    """Copies, and checks that meanwhile another archiver is refused and writes nothing."""
    asked = list[int]()

    def between() -> TopicContent:
        if not asked:
            asked.append(1)
            before = log.files()
            with pytest.raises(
                ArchiveTaken, match=rf"another archiver writes here: process {os.getpid()} on .*, since"
            ):
                log.archive()
            assert log.files() == before
        return held()

    archiver.copy(between)
    assert asked


@pytest.mark.long
def test_a_second_archiver_says_who_writes_and_works_afterwards(log: ArchivedLog) -> None:
    alone(log, log.copying()[0], log.held)
    assert log.store.notes(NOTES) == []
    log.publish(MORNING, 10)
    log.archive()
    assert [payload for batch in log.read() for payload in batch.payloads] == log.published


HOLDING = """
import sys
from pathlib import Path
from connectors.archive.holding.lease import ArchiveLease
from connectors.archive import ArchiveStore
from connectors.archive.holding import now_ms
from tests.support.factories.topics.embedded_topic import TOPIC

with ArchiveLease(ArchiveStore(sys.argv[1], Path(sys.argv[2])), TOPIC, now_ms).held():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.long
def test_a_killed_archiver_is_followed_at_once(log: ArchivedLog, tmp_path: Path) -> None:
    url = log.store.place
    command = [sys.executable, "-c", HOLDING, url, str(tmp_path / "other")]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(ArchiveTaken, match=f"process {other.pid} on "):
            log.archive()
        other.send_signal(signal.SIGKILL)
    log.archive()
    assert [payload for batch in log.read() for payload in batch.payloads] == log.published


def held_elsewhere(log: ArchivedLog, until_ms: int) -> None:
    """Leaves the lease of a process on another machine."""
    holder = new_holder(NOW)
    elsewhere = msgspec.structs.replace(holder, process=replace(holder.process, host="far", place="x"))
    content = {"holder": msgspec.to_builtins(elsewhere), "until_ms": until_ms}
    assert log.store.create(f"{NOTES}/_holder.json", msgspec.json.encode(content))


@pytest.mark.long
def test_one_killed_on_another_machine_is_followed_when_its_lease_ends(log: ArchivedLog) -> None:
    held_elsewhere(log, now_ms() + LEASE_MS)
    with pytest.raises(ArchiveTaken, match=r"on far, since .*; hint: .* its lease ends at \d{4}-\d\d-\d\d"):
        log.archive()
    log.store.remove(f"{NOTES}/_holder.json")
    held_elsewhere(log, now_ms() - 1)
    log.archive()
    assert len(log.files()) == 3


def test_a_holder_that_was_stopped_too_long_notices_it(log: ArchivedLog) -> None:
    clock = [now_ms()]
    lease = ArchiveLease(log.store, TOPIC, lambda: clock[0])
    with lease.held():
        clock[0] += LEASE_MS
        other = ArchiveLease(log.store, TOPIC, lambda: clock[0])
        with other.held(), pytest.raises(ArchiveTaken, match="another archiver writes here"):
            lease.renew()
    assert log.store.notes(NOTES) == []


@pytest.mark.parametrize("before", [b"", b"{", b'{"holder":1}'])
def test_a_lease_that_was_left_half_written_holds_nothing(log: ArchivedLog, before: bytes) -> None:
    log.store.write(f"{NOTES}/_holder.json", before)
    log.store.write(f"{NOTES}/_claim-0-0.json", before)
    log.archive()
    assert (len(log.files()), log.store.notes(NOTES)) == (3, [])


@pytest.fixture
def believing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets every archiver believe that it holds the archive, as after a long stop."""
    monkeypatch.setattr(ArchiveLease, "_take", lambda self: None)
    monkeypatch.setattr(ArchiveLease, "renew", lambda self: None)


@pytest.mark.usefixtures("believing")
@pytest.mark.parametrize("stop", range(1, 13))
def test_two_that_believe_they_hold_it_write_no_overlap(
    tmp_path: Path, stop: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is stopped before its n-th call of the store while another one works, over a topic that has grown."""
    log = archived_log(tmp_path, str(tmp_path / "archive"))
    calls = interrupted(monkeypatch, log, stop)
    for _ in range(2):
        with suppress(HeadraceError):
            log.archive(batch_rows=13)
    assert calls[0] > stop
    assert list(archive_of(log.store, TOPIC).problems()) == []
    assert [payload for batch in log.read() for payload in batch.payloads] == log.published


def interrupted(monkeypatch: pytest.MonkeyPatch, log: ArchivedLog, stop: int) -> list[int]:
    """Lets another archiver work right before the n-th call of the store; returns the number of calls."""
    calls = [0]

    def before(name: str) -> None:
        whole = getattr(ArchiveStore, name)

        def call(store: ArchiveStore, *given: object) -> object:
            calls[0] += 1
            if calls[0] == stop:
                log.publish(MORNING, 7)
                with suppress(HeadraceError):
                    log.archive(batch_rows=1_000)
            return whole(store, *given)

        monkeypatch.setattr(ArchiveStore, name, call)

    for name in ("put", "paths", "create", "remove"):
        before(name)
    return calls


@pytest.mark.long
@pytest.mark.usefixtures("believing")
def test_the_end_of_a_file_that_was_claimed_and_not_written_is_kept(
    log: ArchivedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed archiver has claimed rows 0 to 30 of a day; the next one writes the same file."""
    ended = replace(log.held(), extents={"0": Extent("0", "30")})
    monkeypatch.setattr(ArchiveStore, "put", killed)
    with pytest.raises(KeyboardInterrupt):
        log.copying()[0].copy(lambda: ended)
    assert [path.rpartition("/")[2] for path in log.store.notes(NOTES)] == ["_claim-0-0.json"]
    monkeypatch.undo()
    log.archive()
    assert [file.partition("part-")[2] for file in log.files()] == [
        "0-0-30.parquet",
        "0-30-80.parquet",
        "0-80-120.parquet",
    ]
    assert log.store.notes(NOTES) == []


def killed(*_: object) -> None:
    raise KeyboardInterrupt
