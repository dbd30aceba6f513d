"""`headrace render` over real topics: files as they should be, resumed, replayed, merged; stores that refuse."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from pydantic import SecretStr

from cli.rendering import render_all, render_on
from cli.stopping import Stop
from connectors.log import LogSink
from connectors.messages import Outgoing
from connectors.pulsar import PulsarConnection, publish
from dataflows.settings import Settings
from dataflows.spec import load
from reports import publish as publishing
from reports.charts import image
from reports.gathering import Report, key_of
from reports.page import page
from reports.publish import PATIENCE_MS, Keeping, Publisher
from reports.records import Alert, FeatureReport, IntervalReport
from reports.store import ReportStore, StoreRefused, stamp
from tests.broker.topics import topic_of
from tests.home import headrace, home
from tests.made_reports import INTERVAL_MS, SPECS, START_MS, made_feature, made_source
from tests.paging import NOON, alert, await_that, hooked

NAMES = ("user_spend_1h", "user_last_device", "item_last_sold_at")
EXPECTED = (*NAMES, "source:orders")
LOG = "persistent://public/default/headrace-quality"


def made(start_ms: int = START_MS, names: Sequence[str] = NAMES) -> list[Report]:
    return [*(made_feature(name, start_ms=start_ms) for name in names), made_source("orders", start_ms=start_ms)]


def sent(settings: Settings, reports: Sequence[Report | Alert], topic: str = LOG) -> None:
    """Into the embedded topic, as the dataflow does it."""
    sink = LogSink(settings.var / "topics", topic, partitions=1, stopping=lambda: False, clock=lambda: NOON)
    writer = sink.build_part("quality", "0", None)
    keys = [one.key if isinstance(one, Alert) else key_of(one) for one in reports]
    writer.write_batch([Outgoing(keys, [one.encode() for one in reports])])
    writer.snapshot()
    writer.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(specs=SPECS, var=tmp_path / "var")


@pytest.fixture
def store(tmp_path: Path) -> ReportStore:
    return ReportStore(str(tmp_path / "reports"))


def rendered(settings: Settings, store: ReportStore) -> None:
    render_all(settings, load(SPECS), store, Stop())


def by_key(report: IntervalReport) -> dict[str, Report]:
    parts: tuple[Report, ...] = (*report.features, *report.sources)
    return {key_of(one): one for one in parts}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def times(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.glob("*/*/*") if path.is_file()}


def test_an_interval_becomes_files_that_say_the_same(settings: Settings, store: ReportStore, tmp_path: Path) -> None:
    sent(settings, made())
    rendered(settings, store)
    features = {f"features/{name}/{stamp(START_MS)}.{kind}" for name in NAMES for kind in ("json", "png")}
    interval = {f"intervals/{stamp(START_MS)}/report.{kind}" for kind in ("html", "json")}
    assert contents(tmp_path / "reports").keys() == features | interval | {"latest.json", "positions.json"}
    report = store.interval(START_MS)
    assert report is not None
    assert by_key(report) == {key_of(one): one for one in made()}
    assert store.page(START_MS) == page(report).encode()
    assert store.history("user_spend_1h", 1) == [made_feature("user_spend_1h")]
    picture = store.image("user_spend_1h", START_MS)
    assert picture is not None
    assert picture.startswith(b"\x89PNG")


def test_the_same_records_again_give_the_same_files(settings: Settings, store: ReportStore, tmp_path: Path) -> None:
    sent(settings, [*made(), *made(START_MS + INTERVAL_MS)])
    rendered(settings, store)
    first = contents(tmp_path / "reports")
    (tmp_path / "reports" / "positions.json").unlink()
    rendered(settings, store)
    assert contents(tmp_path / "reports") == first


def test_it_goes_on_where_it_stopped(settings: Settings, store: ReportStore, tmp_path: Path) -> None:
    sent(settings, made())
    rendered(settings, store)
    first = times(tmp_path / "reports")
    sent(settings, made(START_MS + INTERVAL_MS))
    rendered(settings, store)
    assert times(tmp_path / "reports").items() > first.items()
    assert store.intervals() == [START_MS + INTERVAL_MS, START_MS]


def test_what_comes_late_is_put_to_what_is_there(settings: Settings, store: ReportStore) -> None:
    sent(settings, made(names=NAMES[:1]))
    rendered(settings, store)
    sent(settings, made(names=NAMES[1:]))
    rendered(settings, store)
    report = store.interval(START_MS)
    assert report is not None
    assert by_key(report).keys() == set(EXPECTED)


class Clock:
    """A wall clock in ms."""

    ms = NOON

    def __call__(self) -> int:
        return self.ms


def publisher(store: ReportStore, clock: Clock, keep: int = 100) -> Publisher:
    return Publisher(store, Keeping(keep, 100), EXPECTED, clock)


def finished(one: Publisher) -> int:
    """Steps until there is nothing left to do."""
    steps = 0
    while one.step():
        steps += 1
    return steps


def encoded(reports: Sequence[Report]) -> list[bytes]:
    return [report.encode() for report in reports]


def test_an_interval_that_is_not_whole_waits_a_while(store: ReportStore) -> None:
    clock = Clock()
    one = publisher(store, clock)
    one.add(encoded(made(names=NAMES[:2])), b"here")
    finished(one)
    assert store.intervals() == []
    assert store.history(NAMES[0], 1)  # but what is there of it can be seen
    clock.ms += PATIENCE_MS - 1
    assert not one.step()
    clock.ms += 1
    assert one.step()
    assert store.intervals() == [START_MS]


def test_a_whole_interval_waits_for_nothing(store: ReportStore) -> None:
    one = publisher(store, Clock())
    one.add(encoded(made()), b"here")
    finished(one)
    assert store.intervals() == [START_MS]


def test_the_mark_moves_when_everything_before_it_is_done(store: ReportStore) -> None:
    clock = Clock()
    one = publisher(store, clock)
    one.add(encoded(made(names=NAMES[:1])), b"1")
    one.add(encoded(made(START_MS + INTERVAL_MS)), b"2")
    finished(one)
    assert one.mark is None  # the second interval is done, the first still waits
    clock.ms += PATIENCE_MS
    finished(one)
    assert one.mark == b"2"


def test_pictures_of_old_intervals_are_left_out_when_too_many_wait(
    store: ReportStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(publishing, "MOST_UNDRAWN", 5)
    one = publisher(store, Clock())
    starts = [START_MS + number * INTERVAL_MS for number in range(4)]
    for start in starts:
        one.add(encoded(made(start)), stamp(start).encode())
    finished(one)
    assert store.intervals() == starts[::-1]
    assert store.images(NAMES[0]) == starts[:2:-1]
    assert len(store.history(NAMES[0], 9)) == 4
    assert one.mark == stamp(starts[-1]).encode()
    assert "drawing cannot keep up: 3 pictures of 2026-01-01 14:05 to 14:10 UTC are left out" in caplog.text


def test_nothing_more_is_asked_for_while_much_waits(store: ReportStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "MOST_REPORTS", 4)
    one = publisher(store, Clock())
    assert not one.crowded
    one.add(encoded(made()), b"here")
    assert one.crowded
    finished(one)
    assert not one.crowded


def test_old_intervals_are_pruned(store: ReportStore) -> None:
    one = publisher(store, Clock(), keep=2)
    for number in range(5):
        one.add(encoded(made(START_MS + number * INTERVAL_MS)), b"")
        finished(one)
    assert store.intervals() == store.images(NAMES[0]) == [START_MS + 4 * INTERVAL_MS, START_MS + 3 * INTERVAL_MS]


def hostile(name: str) -> FeatureReport:
    report = made_feature(NAMES[0])
    return msgspec.structs.replace(report, subject=msgspec.structs.replace(report.subject, feature=name))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"not json",
        b"[1]",
        b'{"subject": 1}',
        b'{"source": "orders"}',
        hostile("../../../tmp/x").encode(),
        hostile("a" * 300).encode(),
        msgspec.structs.replace(made_feature(NAMES[0]), start_ms=-1).encode(),
        made_feature(NAMES[0], closed=False).encode(),
    ],
)
def test_what_is_no_report_is_passed_over_and_said(
    payload: bytes, store: ReportStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = publisher(store, Clock())
    one.add([payload, *encoded(made()), payload], b"here")
    finished(one)
    assert store.intervals() == [START_MS]
    assert one.mark == b"here"
    assert caplog.text.count("is passed over") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["reports"]


def test_a_picture_that_cannot_be_drawn_keeps_no_other_from_it(
    store: ReportStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(report: FeatureReport) -> bytes:
        if report.subject.feature == NAMES[0]:
            raise ZeroDivisionError
        return image(report)

    monkeypatch.setattr(publishing, "image", failing)
    one = publisher(store, Clock())
    one.add(encoded(made()), b"here")
    finished(one)
    assert [store.images(name) for name in NAMES] == [[], [START_MS], [START_MS]]
    assert f"no picture of {NAMES[0]}" in caplog.text
    assert one.mark == b"here"


@contextmanager
def rendering(settings: Settings, store: ReportStore) -> Iterator[Stop]:
    """`headrace render` in a thread."""
    stop, raised = Stop(), list[Exception]()

    def run() -> None:
        try:
            render_on(settings, load(SPECS), store, stop)
        except Exception as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(30)
    assert raised == []
    assert not thread.is_alive()


def test_a_store_that_refuses_is_tried_until_it_works(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("cli.rendering.FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(publishing, "PATIENCE_MS", 0)
    caplog.set_level(logging.INFO)
    place, aside = tmp_path / "reports", tmp_path / "aside"
    store = ReportStore(str(place))
    with rendering(settings, store):
        sent(settings, made())
        await_that((place / "positions.json").exists)
        place.rename(aside)
        place.write_text("a file is no folder")
        sent(settings, made(START_MS + INTERVAL_MS))
        await_that(lambda: "trying again until it works" in caplog.text)
        place.unlink()
        aside.rename(place)
        await_that(lambda: store.intervals() == [START_MS + INTERVAL_MS, START_MS])
        await_that(lambda: len(store.images(NAMES[2])) == 2)
    assert caplog.text.count("trying again until it works") == 1
    assert caplog.text.count("it works again") == 1


def test_once_a_store_that_refuses_is_an_error(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file is no folder")
    sent(settings, made())
    with pytest.raises(StoreRefused, match=r"reports at .*: cannot"):
        rendered(settings, ReportStore(str(tmp_path / "reports")))


def test_alerts_are_delivered_once_also_after_a_restart(settings: Settings, store: ReportStore) -> None:
    topic = settings.alert_topic
    now_ms = time.time_ns() // 1_000_000
    with hooked() as hook:
        told = Settings(specs=SPECS, var=settings.var, alert_webhook=SecretStr(hook.url))
        settings.var.joinpath("render").mkdir(parents=True)
        sent(settings, [alert("first", at_ms=now_ms)], topic)
        with rendering(told, store):
            await_that(lambda: len(hook.received) == 1)
        sent(settings, [alert("second", at_ms=now_ms)], topic)
        with rendering(told, store):
            await_that(lambda: len(hook.received) == 2)
    assert [one["feature"] for body in hook.received for one in body["alerts"]] == ["first", "second"]


def test_on_pulsar(pulsar: PulsarConnection, store: ReportStore, tmp_path: Path) -> None:
    topic = topic_of(pulsar, "quality", encoded(made()), partitions=2)
    settings = Settings(specs=SPECS, pulsar_url=pulsar.url, pulsar_admin_url=pulsar.admin_url, quality_topic=topic)
    rendered(settings, store)
    first = times(tmp_path / "reports")
    publish(pulsar, topic, ["k"] * 4, encoded(made(START_MS + INTERVAL_MS)))
    rendered(settings, store)
    assert store.intervals() == [START_MS + INTERVAL_MS, START_MS]
    assert times(tmp_path / "reports").items() > first.items()
    report = store.interval(START_MS)
    assert report is not None
    assert len(report.features) == len(NAMES)


def test_the_command_ends_cleanly_when_told_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with home(tmp_path, monkeypatch) as specs:
        sent(Settings(specs=specs, var=tmp_path / "var"), [hostile("user_spent_1d"), made_source("orders")])
        command = [sys.executable, "-m", "cli.main", "render"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            await_that((tmp_path / "var" / "reports" / "positions.json").exists)
            nice, policy = os.getpriority(os.PRIO_PROCESS, process.pid), os.sched_getscheduler(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            said = process.communicate(timeout=30)[1]
        assert process.returncode == 0, said
        assert (nice, policy) == (os.getpriority(os.PRIO_PROCESS, 0) + 10, os.SCHED_IDLE)
        assert "1 of 1 feature drifted" in said
        assert said.rstrip().endswith("stopped")
        assert json.loads((tmp_path / "var/reports/latest.json").read_text())["start_ms"] == START_MS


def test_the_command_says_that_a_store_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with home(tmp_path, monkeypatch) as specs:
        sent(Settings(specs=specs, var=tmp_path / "var"), [made_source("orders")])
        (tmp_path / "var" / "reports").write_text("a file is no folder")
        command = [sys.executable, "-m", "cli.main", "render", "--once"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 3, result.stderr
    assert f"reports at {tmp_path}/var/reports: cannot" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_command_says_that_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with home(tmp_path, monkeypatch) as specs:
        sent(Settings(specs=specs, var=tmp_path / "var"), [hostile("user_spent_1d")])
        limited = (
            "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500)); from cli.main import app; app()"
        )
        command = [sys.executable, "-c", limited, "render", "--once"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 3, result.stderr
    assert "cannot write features/user_spent_1d/20260101T140500Z.json: File too large" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_wrong_address_is_a_wrong_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with home(tmp_path, monkeypatch):
        monkeypatch.setenv("HEADRACE_REPORTS_URL", "nosuch://place")
        result = headrace("render", "--once")
    assert result.exit_code == 2
    assert "nosuch://place" in result.output
