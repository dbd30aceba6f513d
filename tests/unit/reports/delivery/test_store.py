"""Tests report stores: a folder, memory, and S3 over real HTTP; full, forbidden and unreachable ones."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from reports.delivery.store import NotAReport, ReportStore, stamp
from reports.errors import StoreRefused, StoreUrlError
from reports.records import IntervalReport
from tests.support.factories.quality.reports import INTERVAL_MS, START_MS, made_feature
from tests.support.services.outside.s3 import served_bucket, with_s3
from tests.support.services.outside.unsteady_s3 import unsteady
from tests.support.services.ports import free_port

FEATURE = "user_spend_1h"


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """Yields the endpoint of an S3 with the bucket `reports`."""
    with served_bucket("reports") as endpoint:
        yield endpoint


@pytest.fixture(params=["folder", "memory", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "s3":
        with_s3(monkeypatch, request.getfixturevalue("s3"))
        return f"s3://reports/{tmp_path.name}"
    return f"memory://{tmp_path.name}" if request.param == "memory" else str(tmp_path / "reports")


def filled(url: str, intervals: int, image: bytes = b"\x89PNG" + b"x" * 10_000) -> ReportStore:
    store = ReportStore(url)
    for number in range(intervals):
        start_ms = START_MS + number * INTERVAL_MS
        report = made_feature(FEATURE, start_ms=start_ms)
        store.write_feature(report)
        store.write_image(FEATURE, start_ms, image)
        store.write_interval(made_small(start_ms), f"<html>{number}</html>")
    return store


@cache
def made_small(start_ms: int) -> IntervalReport:
    features = tuple(made_feature(name, start_ms=start_ms) for name in (FEATURE, "user_last_device"))
    return IntervalReport(start_ms=start_ms, end_ms=start_ms + INTERVAL_MS, verdict="", features=features)


def test_what_was_written_is_read_back(url: str) -> None:
    store = filled(url, 3)
    other = ReportStore(url)
    starts = [START_MS + number * INTERVAL_MS for number in range(3)]
    assert other.intervals() == starts[::-1]
    assert other.intervals(2) == starts[:0:-1]
    assert other.interval(starts[1]) == made_small(starts[1])
    assert other.page(starts[2]) == b"<html>2</html>"
    assert other.history(FEATURE, 2) == [made_feature(FEATURE, start_ms=start) for start in starts[1:]]
    assert other.images(FEATURE) == starts[::-1]
    assert other.image(FEATURE, starts[0]) == b"\x89PNG" + b"x" * 10_000
    latest = store.latest()
    assert latest is not None
    assert (latest.start_ms, latest.page) == (starts[2], f"intervals/{stamp(starts[2])}/report.html")


def test_a_store_without_reports_answers_with_nothing(url: str) -> None:
    store = ReportStore(url)
    assert (store.latest(), store.intervals(), store.interval(START_MS), store.page(START_MS)) == (None, [], None, None)
    assert (store.history(FEATURE, 5), store.image(FEATURE, START_MS), store.images(FEATURE)) == ([], None, [])
    assert store.positions() is None
    assert store.prune(1, 1) == 0


def test_the_same_interval_again_replaces_it_and_an_older_one_is_not_the_latest(url: str) -> None:
    store = filled(url, 2)
    before = store.latest()
    store.write_interval(made_small(START_MS), "<html>again</html>")
    assert store.page(START_MS) == b"<html>again</html>"
    assert store.latest() == before
    assert len(store.intervals()) == 2


@pytest.mark.long
def test_the_newest_intervals_are_kept(url: str) -> None:
    store = filled(url, 5)
    store.write_positions(b"here")
    assert store.prune(keep=2, megabytes=1_000) == 3
    newest = [START_MS + number * INTERVAL_MS for number in (4, 3)]
    assert store.intervals() == store.images(FEATURE) == newest
    assert [report.start_ms for report in store.history(FEATURE, 9)] == newest[::-1]
    assert store.positions() == b"here"
    assert store.prune(keep=2, megabytes=1_000) == 0


@pytest.mark.long
def test_no_more_megabytes_are_kept_than_allowed(url: str) -> None:
    store = filled(url, 4, image=b"x" * 900_000)
    assert store.prune(keep=100, megabytes=2) == 2  # 0.9 MB per interval
    assert len(store.intervals()) == 2
    assert store.prune(keep=100, megabytes=0) == 1  # the newest stays
    assert store.intervals() == [START_MS + 3 * INTERVAL_MS]


def test_drafts_of_a_killed_writer_go_with_their_interval(tmp_path: Path) -> None:
    store = filled(str(tmp_path), 2)
    draft = tmp_path / "features" / FEATURE / f".{stamp(START_MS)}.png.4711"
    draft.write_bytes(b"half")
    assert store.images(FEATURE) == [START_MS + INTERVAL_MS, START_MS]
    store.prune(keep=1, megabytes=10)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == sorted(
        [
            "latest.json",
            "report.html",
            "report.json",
            *(f"{stamp(START_MS + INTERVAL_MS)}.{s}" for s in ("json", "png")),
        ]
    )
    assert [path.name for path in (tmp_path / "intervals").iterdir()] == [stamp(START_MS + INTERVAL_MS)]


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a/b", "A", "a\x00", "a.b", "a\n"])
def test_a_name_that_is_no_feature_never_becomes_a_path(tmp_path: Path, name: str) -> None:
    store = ReportStore(str(tmp_path))
    with pytest.raises(ValueError, match="lowercase letters"):
        store.image(name, START_MS)
    with pytest.raises(ValueError, match="lowercase letters"):
        store.write_image(name, START_MS, b"")
    with pytest.raises(ValueError, match="lowercase letters"):
        store.history(name, 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("start_ms", [-1000, 1])
def test_a_start_is_a_whole_second(start_ms: int) -> None:
    with pytest.raises(ValueError, match="whole second"):
        ReportStore("memory://starts").page(start_ms)


@pytest.mark.long
def test_readers_never_see_half_a_file(tmp_path: Path) -> None:
    """One process writes charts of either kind, each of one repeated byte; a reader sees only one kind."""
    store, over, torn = ReportStore(str(tmp_path)), threading.Event(), list[bytes]()
    store.write_image(FEATURE, START_MS, b"a" * 3_000_000)

    def look() -> None:
        while not over.is_set():
            picture = ReportStore(str(tmp_path)).image(FEATURE, START_MS)
            if picture is None or len(picture) != 3_000_000 or len(set(picture)) != 1:
                torn.append(picture or b"")

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(60):
        store.write_image(FEATURE, START_MS, b"ab"[number % 2 : number % 2 + 1] * 3_000_000)
    over.set()
    reader.join(60)
    assert torn == []


FULL = """
import resource, signal, sys
from reports.delivery.store import ReportStore
from reports.errors import StoreRefused
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = ReportStore(sys.argv[1])
store.write_image("user_spend_1h", 0, b"small")
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    store.write_image("user_spend_1h", 0, b"x" * 5000)
except StoreRefused as error:
    print(error)
print(store.image("user_spend_1h", 0))
"""


@pytest.mark.usefixtures("programs")
def test_a_full_disk_is_one_clear_error_and_what_was_there_stays(tmp_path: Path) -> None:
    result = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True)
    message, content = result.stdout.splitlines()
    assert message == (
        f"reports at {tmp_path}: cannot write features/user_spend_1h/19700101T000000Z.png: File too large"
    )
    assert content == "b'small'"
    assert [path.name for path in (tmp_path / "features" / FEATURE).iterdir()] == ["19700101T000000Z.png"]


def test_a_place_that_is_no_folder_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(StoreRefused, match=r"reports at .*/reports: cannot write .*: (Not a directory|File exists)"):
        ReportStore(str(tmp_path / "reports")).write_image(FEATURE, 0, b"")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_forbidden_folder_is_one_clear_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreRefused, match="Permission denied"):
        ReportStore(str(tmp_path)).write_image(FEATURE, 0, b"")


def test_s3_without_the_bucket_refuses(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_s3(monkeypatch, s3)
    with pytest.raises(StoreRefused, match=r"reports at s3://nowhere/path: cannot write positions\.json: .*bucket"):
        ReportStore("s3://nowhere/path").write_positions(b"")


@pytest.mark.long
def test_s3_that_is_down_refuses_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    with_s3(monkeypatch, f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")  # without the seconds its client waits between attempts
    with pytest.raises(StoreRefused, match=r"cannot write positions\.json: ") as refused:
        ReportStore("s3://reports/down").write_positions(b"")
    assert "canary" not in str(refused.value)


@pytest.mark.long
def test_s3_that_breaks_off_refuses(s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = list[bool]()
    with unsteady(s3, lambda method, path: "cut" if broken and path.endswith("latest.json") else "none") as endpoint:
        with_s3(monkeypatch, endpoint)
        store = filled(f"s3://reports/{tmp_path.name}", 1)
        broken.append(True)
        with pytest.raises(StoreRefused, match=r"cannot read latest\.json: Response payload is not completed"):
            store.latest()


def test_an_unknown_address_is_refused_at_once_without_secrets() -> None:
    with pytest.raises(
        StoreUrlError, match=r"nosuch://host/path: .*; expected a folder or an fsspec URL such as s3://bucket/path"
    ) as refused:
        ReportStore("nosuch://me:canary@host/path?token=canary")
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("content", [b'{"start_ms": "soon"}', b'{"start_ms": "\xe9"}', b"[" * 100_000])
def test_a_file_that_is_no_report_says_which(tmp_path: Path, content: bytes) -> None:
    store = filled(str(tmp_path), 1)
    (tmp_path / "latest.json").write_bytes(content)
    with pytest.raises(NotAReport, match=r"latest\.json cannot be decoded: .*delete it"):
        store.latest()
    store.write_interval(made_small(START_MS), "")
    assert store.latest() is not None
