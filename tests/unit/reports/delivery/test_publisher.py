"""Tests the publisher step by step: when an interval is complete, what is left out, skipped, pruned."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from reports.delivery import publisher as publishing
from reports.delivery.publisher import PATIENCE_MS, ReportPublisher, RetentionPolicy
from reports.delivery.store import ReportStore, stamp
from reports.errors import StoreRefused
from reports.records import FeatureReport, Score, Status
from reports.rendering import pictures
from reports.rendering.charts.figure import image
from tests.support.factories.quality.report_records import EXPECTED, NAMES, encoded, hostile, made
from tests.support.factories.quality.reports import INTERVAL_MS, START_MS, made_feature
from tests.support.generators.seeds import some
from tests.support.services.outside.webhook import NOON

SMALL = (NAMES[0], "source:orders")
"""Expected keys of an interval of one feature, which has one picture to draw."""


@pytest.fixture
def store(tmp_path: Path) -> ReportStore:
    return ReportStore(str(tmp_path / "reports"))


class Clock:
    """A wall clock in ms."""

    ms = NOON

    def __call__(self) -> int:
        return self.ms


def publisher(store: ReportStore, clock: Clock, keep: int = 100, expected: Sequence[str] = EXPECTED) -> ReportPublisher:
    return ReportPublisher(store, RetentionPolicy(keep, 100), expected, clock)


def finished(reporter: ReportPublisher) -> int:
    """Steps until there is no work left."""
    steps = 0
    while reporter.step() or reporter.draw():
        steps += 1
    return steps


def test_an_interval_that_is_not_whole_waits_a_while(store: ReportStore) -> None:
    clock = Clock()
    reporter = publisher(store, clock)
    reporter.add(encoded(made(names=NAMES[:2])), b"here")
    finished(reporter)
    assert store.intervals() == []
    assert store.history(NAMES[0], 1)  # the incomplete interval is already visible
    clock.ms += PATIENCE_MS - 1
    assert not reporter.step()
    clock.ms += 1
    assert reporter.step()
    assert store.intervals() == [START_MS]


def test_a_whole_interval_waits_for_nothing(store: ReportStore) -> None:
    reporter = publisher(store, Clock())
    reporter.add(encoded(made()), b"here")
    finished(reporter)
    assert store.intervals() == [START_MS]


def test_the_mark_moves_when_everything_before_it_is_done(store: ReportStore) -> None:
    clock = Clock()
    reporter = publisher(store, clock)
    reporter.add(encoded(made(names=NAMES[:1])), b"1")
    reporter.add(encoded(made(START_MS + INTERVAL_MS)), b"2")
    finished(reporter)
    assert reporter.mark is None  # the second interval is done, the first still waits
    clock.ms += PATIENCE_MS
    finished(reporter)
    assert reporter.mark == b"2"


def test_pictures_of_old_intervals_are_left_out_when_too_many_wait(
    store: ReportStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(publishing, "MOST_UNDRAWN", 5)
    reporter = publisher(store, Clock())
    starts = [START_MS + number * INTERVAL_MS for number in range(4)]
    for start in starts:
        reporter.add(encoded(made(start)), stamp(start).encode())
    finished(reporter)
    assert store.intervals() == starts[::-1]
    assert store.images(NAMES[0]) == starts[:2:-1]
    assert len(store.history(NAMES[0], 9)) == 4
    assert reporter.mark == stamp(starts[-1]).encode()
    assert "drawing is too slow: skipped 3 charts of 2026-01-01 14:05 to 14:10 UTC" in caplog.text


def test_nothing_more_is_asked_for_while_much_waits(store: ReportStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "MOST_REPORTS", 4)
    reporter = publisher(store, Clock())
    assert not reporter.crowded
    reporter.add(encoded(made()), b"here")
    assert reporter.crowded
    finished(reporter)
    assert not reporter.crowded


def test_old_intervals_are_pruned(store: ReportStore) -> None:
    reporter = publisher(store, Clock(), keep=2, expected=SMALL)
    for number in range(5):
        reporter.add(encoded(made(START_MS + number * INTERVAL_MS, NAMES[:1])), b"")
        finished(reporter)
    assert store.intervals() == store.images(NAMES[0]) == [START_MS + 4 * INTERVAL_MS, START_MS + 3 * INTERVAL_MS]


@pytest.mark.parametrize(
    "payload",
    some(
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
        ]
    ),
)
def test_what_is_no_report_is_passed_over_and_said(
    payload: bytes, store: ReportStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reporter = publisher(store, Clock(), expected=SMALL)
    reporter.add([payload, *encoded(made(names=NAMES[:1])), payload], b"here")
    finished(reporter)
    assert store.intervals() == [START_MS]
    assert reporter.mark == b"here"
    assert caplog.text.count("skipped a message") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["reports"]


def test_a_picture_that_cannot_be_drawn_keeps_no_other_from_it(
    store: ReportStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(report: FeatureReport) -> bytes:
        if report.subject.feature == NAMES[0]:
            raise ZeroDivisionError
        return image(report)

    monkeypatch.setattr(pictures, "image", failing)
    reporter = publisher(store, Clock())
    reporter.add(encoded(made()), b"here")
    finished(reporter)
    assert [store.images(name) for name in NAMES] == [[START_MS], [START_MS], [START_MS]]
    assert store.image(NAMES[0], START_MS) != store.image(NAMES[1], START_MS)
    assert f"the picture of {NAMES[0]}" in caplog.text
    assert reporter.mark == b"here"


def reported(status: Status, start_ms: int = START_MS, name: str = NAMES[0], worst: float = 0.0) -> bytes:
    score = Score(measure="psi", against="reference", score=worst, threshold=0.1, n=9, over=True)
    return msgspec.structs.replace(
        made_feature(name, start_ms=start_ms), status=status, scores=(score,), alerts=()
    ).encode()


def test_what_fires_is_drawn_before_anything_else_and_the_worst_first(store: ReportStore) -> None:
    reporter = publisher(store, Clock())
    reporter.add([reported("firing"), reported("ok", name=NAMES[1]), reported("firing", name=NAMES[2], worst=9)], b"")
    assert reporter.draw_urgent()
    assert [store.images(name) for name in NAMES] == [[], [], [START_MS]]
    assert reporter.draw_urgent()
    assert [store.images(name) for name in NAMES] == [[START_MS], [], [START_MS]]
    assert not reporter.draw_urgent()
    assert store.intervals() == []  # nothing waited for a complete interval


def test_the_picture_of_a_feature_that_has_ceased_to_fire_is_drawn_at_once_too(store: ReportStore) -> None:
    reporter = publisher(store, Clock())
    statuses: list[Status] = ["firing", "resolving", "ok", "ok"]
    drawn = []
    for number, status in enumerate(statuses):
        reporter.add([reported(status, START_MS + number * INTERVAL_MS)], b"")
        drawn.append(reporter.draw_urgent())
    assert drawn == [True, False, True, False]


def test_of_a_backlog_only_the_newest_picture_of_a_feature_is_urgent(store: ReportStore) -> None:
    reporter = publisher(store, Clock())
    starts = [START_MS + number * INTERVAL_MS for number in (0, 2, 1)]
    reporter.add([reported("firing", start) for start in starts], b"")
    assert reporter.draw_urgent()
    assert not reporter.draw_urgent()
    assert store.images(NAMES[0]) == [starts[1]]


def test_an_urgent_picture_that_the_store_refused_stays_urgent(store: ReportStore, tmp_path: Path) -> None:
    reporter = publisher(store, Clock())
    reporter.add([reported("firing")], b"")
    (tmp_path / "reports").write_text("a file is no folder")
    with pytest.raises(StoreRefused):
        reporter.draw_urgent()
    (tmp_path / "reports").unlink()
    assert reporter.draw_urgent()
    assert store.images(NAMES[0]) == [START_MS]


def test_the_index_says_which_interval_the_newest_picture_of_a_feature_shows(store: ReportStore) -> None:
    reporter = publisher(store, Clock(), keep=2)
    reporter.add([reported("firing")], b"")
    reporter.draw_urgent()  # before the first interval is complete
    reporter.add(encoded(made()), b"")
    finished(reporter)
    later = START_MS + INTERVAL_MS
    reporter.add([reported("firing", later)], b"")
    reporter.draw_urgent()
    latest = store.latest()
    assert latest is not None
    assert latest.start_ms == START_MS
    assert latest.pictures == {NAMES[0]: later, NAMES[1]: START_MS, NAMES[2]: START_MS}
    assert ReportStore(store.place).latest() == latest
    for number in range(2, 5):
        reporter.add(encoded(made(START_MS + number * INTERVAL_MS, names=NAMES[:1])), b"")
    while reporter.step(ending=True) or reporter.draw():
        pass
    latest = store.latest()
    assert latest is not None
    assert latest.pictures[NAMES[0]] == START_MS + 4 * INTERVAL_MS


def test_a_store_that_refuses_to_write_is_pruned(store: ReportStore, tmp_path: Path) -> None:
    starts = [START_MS + number * INTERVAL_MS for number in range(4)]
    reporter = publisher(store, Clock(), expected=SMALL)
    reporter.add([reported("ok", start) for start in starts[:3]], b"")
    while reporter.step(ending=True):
        assert reporter.mark is None
    folder, draft = tmp_path / "reports" / "features" / NAMES[0], f".{stamp(starts[3])}.json.{os.getpid()}"
    (folder / draft).mkdir()
    reporter = publisher(store, Clock(), keep=1, expected=SMALL)
    reporter.add([reported("ok", starts[3])], b"here")
    with pytest.raises(StoreRefused):
        reporter.step(ending=True)
    assert store.intervals() == starts[2:3] and reporter.mark is None
    (folder / draft).rmdir()
    assert reporter.step(ending=True)
