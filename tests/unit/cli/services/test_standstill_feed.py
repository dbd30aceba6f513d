"""Tests the pager's alerts about a stopped dataflow: one while it lasts, and one when it resumes."""

from pathlib import Path

import msgspec
import pytest

from cli.services.pipeline_watch import LOOK_S, PipelineWatch
from cli.services.standstill_feed import PATIENCE, UNTOLD_MS, StandstillFeed
from connectors.errors import HeadraceError
from reports.delivery.channels.words import stated
from reports.records import Alert
from reports.standstill_alert import STANDS, standstill_alert
from serving.quality.pipeline import Pipeline

NOON = 1_767_268_800_000  # 2026-01-01T12:00:00Z
LIMIT_MS = 30_000
OWNERS = ("ann@example.com", "bob@example.com")


class Shop:
    """A dataflow with or without a heartbeat, and the pager's feed beside it."""

    def __init__(self, file: Path) -> None:
        self.file, self.now_ms, self.wall_ms = file, NOON, NOON
        self.knows = True
        self.published: list[Alert] = []
        self.noted: list[tuple[str, int]] = []
        self.told: list[Alert] = []
        self.restart()

    def restart(self) -> None:
        """Starts another process of the pager."""
        self.feed = StandstillFeed(
            _Topic(self),
            self._pipeline,
            lambda: self.now_ms,
            LIMIT_MS,
            self.file,
            OWNERS,
            "http://shop:8080/",
            self._note,
        )

    def _note(self, alert: Alert, at_ms: int) -> None:
        self.noted.append((alert.incident, at_ms))

    def goes(self, seconds: int, beats: bool) -> None:
        """Lets time pass; the pager asks every second."""
        for _ in range(seconds):
            self.now_ms += 1_000
            self.wall_ms = self.now_ms if beats else self.wall_ms
            self.told += self.feed()
            self.feed.confirm()

    def says(self, state: str, onset_ms: int, source: str = "") -> None:
        """Sends the dataflow's own alert."""
        own = standstill_alert(source, onset_ms, onset_ms, self.now_ms, 40_000, LIMIT_MS, STANDS)
        known = "firing" if state == "firing" else "resolved"
        self.published.append(msgspec.structs.replace(own, state=known, incident="i1", summary=f"its own {state}"))

    def _pipeline(self) -> Pipeline | None:
        return Pipeline(self.wall_ms, {}, self.now_ms, LIMIT_MS) if self.knows else None


class _Topic:
    """The alerts that the dataflow sent since the last call."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def __call__(self) -> list[Alert]:
        alerts, self._shop.published = self._shop.published, []
        return alerts

    def confirm(self) -> None:
        """Stores nothing: the topic is in memory."""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path / "render" / "alerts.standstill")
    shop.goes(60, beats=True)
    return shop


def test_a_standstill_is_told_while_it_lasts_and_once(shop: Shop) -> None:
    onset_ms = shop.now_ms
    shop.goes(30, beats=False)
    assert shop.told == []
    shop.goes(600, beats=False)
    (alert,) = shop.told
    assert (alert.rule, alert.state, alert.onset_ms, alert.at_ms) == (
        "standstill",
        "firing",
        onset_ms,
        onset_ms + 31_000,
    )
    assert alert.summary == f"pipeline ({', '.join(OWNERS)}): nothing read for 31 s, since 12:01 UTC"
    assert stated(alert) == f"firing: {alert.summary}"
    assert alert.group == "pipeline: standstill since 12:01 UTC" and alert.link == "http://shop:8080/"
    assert "headrace run" in alert.action and alert.owner == ", ".join(OWNERS)


def test_what_the_dataflow_says_of_it_then_is_not_told_again_but_ends_it(shop: Shop) -> None:
    onset_ms = shop.now_ms
    shop.goes(90, beats=False)
    shop.goes(3, beats=True)
    shop.says("firing", onset_ms + 2_000)
    shop.goes(100, beats=True)
    assert [alert.state for alert in shop.told] == ["firing"]
    assert shop.noted == [("i1", shop.told[0].at_ms)]
    shop.says("resolved", onset_ms + 2_000)
    shop.goes(600, beats=True)
    assert [(alert.key, alert.state) for alert in shop.told] == [
        (shop.told[0].key, "firing"),
        (shop.told[0].key, "resolved"),
    ]
    assert shop.told[1].incident == "i1" and shop.told[1].summary == "its own resolved"


def test_a_dataflow_that_says_nothing_of_it_is_not_waited_for(shop: Shop) -> None:
    shop.goes(90, beats=False)
    shop.goes(UNTOLD_MS // 1_000 + 5, beats=True)
    assert [alert.state for alert in shop.told] == ["firing", "resolved"]
    assert "resolved; nothing read for 31 s" in shop.told[1].summary
    assert stated(shop.told[1]) == shop.told[1].summary
    shop.goes(90, beats=False)
    assert len({alert.key for alert in shop.told}) == 2 and shop.told[2].state == "firing"


def test_one_that_never_catches_up_is_not_waited_for_for_ever(shop: Shop) -> None:
    shop.goes(90, beats=False)
    shop.says("firing", shop.now_ms - 90_000)
    shop.goes(PATIENCE * LIMIT_MS // 1_000 - 10, beats=True)
    assert [alert.state for alert in shop.told] == ["firing"]
    shop.goes(20, beats=True)
    assert [alert.state for alert in shop.told] == ["firing", "resolved"]


def test_it_stands_again_before_it_has_caught_up(shop: Shop) -> None:
    shop.goes(90, beats=False)
    shop.goes(10, beats=True)
    shop.goes(300, beats=False)
    assert [alert.state for alert in shop.told] == ["firing"]


@pytest.mark.parametrize("asked_again", [True, False])
def test_a_pager_that_starts_again_neither_tells_it_again_nor_forgets_its_end(shop: Shop, asked_again: bool) -> None:
    shop.goes(40 if asked_again else 31, beats=False)
    shop.restart()
    shop.goes(60, beats=False)
    assert len({alert.key for alert in shop.told}) == 1
    shop.restart()
    shop.goes(60, beats=True)
    assert shop.told[-1].state == "resolved"


def test_a_pager_that_starts_first_waits_for_the_dataflow(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "alerts.standstill")
    shop.wall_ms = NOON - 86_400_000
    shop.goes(20, beats=False)
    shop.goes(5, beats=True)
    assert shop.told == []


def test_other_alerts_pass(shop: Shop) -> None:
    shop.goes(90, beats=False)
    shop.says("firing", shop.now_ms, source="orders")
    shop.says("firing", shop.now_ms - 3_600_000)
    shop.goes(1, beats=False)
    assert [alert.summary for alert in shop.told[1:]] == ["its own firing"] * 2


def test_a_redis_that_does_not_answer_is_told_once_and_ends_with_the_standstill_it_caused(shop: Shop) -> None:
    onset_ms, shop.knows = shop.now_ms, False
    shop.goes(31, beats=False)
    assert shop.told == []
    shop.goes(300, beats=False)
    (alert,) = shop.told
    assert alert.summary == f"pipeline ({', '.join(OWNERS)}): Redis has not answered for 31 s, since 12:01:01 UTC"
    assert alert.rule == "standstill" and "Redis" in alert.action and alert.at_ms == onset_ms + 32_000
    shop.knows = True
    shop.goes(2, beats=True)
    shop.says("firing", onset_ms - 4_000)
    shop.goes(10, beats=True)
    shop.says("resolved", onset_ms - 4_000)
    shop.goes(60, beats=True)
    assert [(sent.key, sent.state) for sent in shop.told] == [(alert.key, "firing"), (alert.key, "resolved")]


def test_a_redis_that_answers_again_soon_is_not_told(shop: Shop) -> None:
    for _ in range(5):
        shop.knows = False
        shop.goes(25, beats=False)
        shop.knows = True
        shop.goes(5, beats=True)
    assert shop.told == []


def test_what_only_the_pager_could_not_see_is_over_when_it_sees_a_running_dataflow(shop: Shop) -> None:
    shop.knows = False
    shop.goes(90, beats=True)
    shop.knows = True
    shop.goes(UNTOLD_MS // 1_000 + 5, beats=True)
    assert [alert.state for alert in shop.told] == ["firing", "resolved"]
    assert "resolved; Redis has not answered for 31 s" in shop.told[1].summary


@pytest.mark.parametrize("content", [b"{", b'{"same_as": "\xe9"}', b'{"alert": ' + b"[" * 100_000])
def test_a_file_that_is_damaged_is_said_and_passed_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    (tmp_path / "kept").write_bytes(content)
    Shop(tmp_path / "kept").goes(3, beats=True)
    assert "kept is damaged" in caplog.text


def test_the_heartbeat_is_read_once_a_second_and_a_failure_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    now, asked = [0.0], list[float]()

    def read() -> Pipeline:
        asked.append(now[0])
        if now[0] < 3:
            raise HeadraceError("no Redis")
        return Pipeline(1, {}, 2, LIMIT_MS)

    watch = PipelineWatch(read, lambda: now[0])
    pipelines = []
    for place in range(20):
        now[0] = place / 4
        pipelines.append(watch())
    assert asked == [place * LOOK_S for place in range(5)] and pipelines[0] is None and pipelines[-1] is not None
    assert len(caplog.records) == 1
