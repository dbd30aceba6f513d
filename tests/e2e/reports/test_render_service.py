"""Tests rendering from real topics to files: correct, resumed, replayed, merged; stores that refuse."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from cli.services.render_service import render_all, render_on
from cli.shutdown import StopSignal
from connectors.pulsar import PulsarConnection, publish
from connectors.redis import embedded_server
from dataflows.definitions.loader import load
from dataflows.runtime.settings import Settings
from reports.delivery import publisher as publishing
from reports.delivery.pending_interval import Report
from reports.delivery.store import ReportStore, stamp
from reports.errors import StoreRefused
from reports.records import IntervalReport
from reports.rendering.interval_page import page
from tests.support.broker.topics import topic_of
from tests.support.factories.quality.report_records import EXPECTED, NAMES, encoded, made, sent
from tests.support.factories.quality.reports import INTERVAL_MS, SPECS, START_MS, made_feature
from tests.support.services.outside.webhook import alert, hooked
from tests.support.waiting import await_that


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Yields settings of a folder; stops the Redis that delivering alerts starts in it."""
    yield Settings(specs=SPECS, var=tmp_path / "var")
    embedded_server.release(tmp_path / "var")


@pytest.fixture
def store(tmp_path: Path) -> ReportStore:
    return ReportStore(str(tmp_path / "reports"))


def rendered(settings: Settings, store: ReportStore) -> None:
    render_all(settings, load(SPECS), store, StopSignal())


def by_key(report: IntervalReport) -> dict[str, Report]:
    parts: tuple[Report, ...] = (*report.features, *report.sources)
    return {part.key: part for part in parts}


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
    assert by_key(report) == {part.key: part for part in made()}
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


@contextmanager
def rendering(settings: Settings, store: ReportStore) -> Iterator[StopSignal]:
    """Runs `headrace render` in a thread."""
    stop, raised = StopSignal(), list[Exception]()

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
        thread.join(240)
    assert raised == []
    assert not thread.is_alive()


def points_to(place: Path, target: Path) -> None:
    """Makes a place a link to a target in one step: a renderer that finds nothing there creates a folder."""
    link = place.with_name("link")
    link.symlink_to(target)
    link.replace(place)


def test_a_store_that_refuses_is_tried_until_it_works(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("cli.services.render_service.FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(publishing, "PATIENCE_MS", 0)
    caplog.set_level(logging.INFO)
    place, folder, file = (tmp_path / name for name in ("reports", "folder", "file"))
    folder.mkdir()
    file.write_text("a file is not a folder")
    points_to(place, folder)
    store = ReportStore(str(place))
    with rendering(settings, store):
        sent(settings, made())
        await_that((place / "positions.json").exists)
        points_to(place, file)
        sent(settings, made(START_MS + INTERVAL_MS))
        await_that(lambda: "retrying until it succeeds" in caplog.text)
        points_to(place, folder)
        await_that(lambda: store.intervals() == [START_MS + INTERVAL_MS, START_MS])
        await_that(lambda: len(store.images(NAMES[2])) == 2)
    assert caplog.text.count("retrying until it succeeds") == 1
    assert caplog.text.count("the store accepts writes again") == 1


def test_once_a_store_that_refuses_is_an_error(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file is not a folder")
    sent(settings, made())
    with pytest.raises(StoreRefused, match=r"reports at .*: cannot"):
        rendered(settings, ReportStore(str(tmp_path / "reports")))


def test_alerts_are_delivered_once_also_after_a_restart(settings: Settings, store: ReportStore) -> None:
    topic = settings.alert_topic
    now_ms = time.time_ns() // 1_000_000
    with hooked() as hook:
        with_webhook = Settings(specs=SPECS, var=settings.var, alert_webhook=SecretStr(hook.url))
        settings.var.joinpath("render").mkdir(parents=True)
        sent(settings, [alert("first", at_ms=now_ms)], topic)
        with rendering(with_webhook, store):
            await_that(lambda: len(hook.received) == 1)
        sent(settings, [alert("second", at_ms=now_ms)], topic)
        with rendering(with_webhook, store):
            await_that(lambda: len(hook.received) == 2)
    assert [alert["feature"] for body in hook.received for alert in body["alerts"]] == ["first", "second"]


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
