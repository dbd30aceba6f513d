"""`headrace report`: over reports in a real Redis, what it says and with which exit code it ends."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from cli.terminal import now_ms
from connectors.redis.client import connect
from reports.incidents import Incident, incidents_key
from reports.records import FeatureReport, IntervalReport, SourceReport, quality_key
from reports.verdict import NOTHING_KNOWN, ordered, verdict
from serving.quality.live_reports import read_known
from tests.support.factories.quality.reports import (
    HOSTILE,
    INTERVAL_MS,
    SPECS,
    made_feature,
    made_interval,
    made_source,
)
from tests.support.programs.command_line import headrace, home


def recent_ms() -> int:
    """The start of the interval before this one."""
    return now_ms() // INTERVAL_MS * INTERVAL_MS - INTERVAL_MS


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with home(tmp_path, monkeypatch):
        monkeypatch.setenv("HEADRACE_SPECS", str(SPECS))
        yield tmp_path / "var"


def put(var: Path, reports: Iterable[FeatureReport | SourceReport], field: str = "closed") -> None:
    """As the dataflow leaves them."""
    with connect(None, var) as client:
        for report in reports:
            client.hset(quality_key("headrace", report.key), field, report.encode())


def put_interval(var: Path, interval: IntervalReport) -> None:
    put(var, [*interval.features, *interval.sources])


def test_what_fires_is_told_and_is_exit_code_1(var: Path) -> None:
    interval = made_interval(start_ms=recent_ms())
    put_interval(var, interval)
    result = headrace("report")
    assert result.exit_code == 1, result.output
    assert result.output.startswith(verdict(interval.features, interval.sources))
    for alert in (alert for feature in interval.features for alert in feature.alerts if alert.state == "firing"):
        assert f"firing  {alert.feature}" in result.output
    assert "is the dataflow running" not in result.output


def test_the_worst_comes_first(var: Path) -> None:
    interval = made_interval(start_ms=recent_ms())
    put_interval(var, interval)
    table = headrace("report").output.split("worst score")[1]
    places = [table.index(f"\n{report.subject.feature} ") for report in ordered(interval.features)]
    assert len(places) == 42
    assert places == sorted(places)


def test_all_well_is_exit_code_0(var: Path) -> None:
    interval = made_interval(start_ms=recent_ms(), statuses={})
    put_interval(var, interval)
    result = headrace("report")
    assert (result.exit_code, "firing" in result.output) == (0, False)
    assert result.output.startswith("All 42 features are as expected")


def test_a_source_that_is_silent_fires_too(var: Path) -> None:
    put_interval(var, made_interval(start_ms=recent_ms(), statuses={}, silent="orders"))
    result = headrace("report")
    assert result.exit_code == 1
    assert "firing  source orders" in result.output


def test_one_feature_with_its_scores_and_rules(var: Path) -> None:
    interval = made_interval(start_ms=recent_ms(), silent="orders")
    put_interval(var, interval)
    result = headrace("report", "--feature", "user_spend_1h")
    assert result.exit_code == 1
    for word in ("1 of 1 feature", "range 0 to 50000", "quarantine", "PSI", "reference", "risk"):
        assert word in result.output
    assert result.output.startswith("orders: ")
    assert headrace("report", "--feature", "user_login_frequency").exit_code == 0


def test_an_unknown_feature_is_a_wrong_argument(var: Path) -> None:
    result = headrace("report", "--feature", "user_spend_2h")
    assert result.exit_code == 2
    assert "user_spend_1h" in result.output


def test_nothing_known_is_said_and_is_exit_code_2(var: Path) -> None:
    result = headrace("report")
    assert result.exit_code == 2
    assert NOTHING_KNOWN in result.output
    assert "is it running?" in result.output


def test_features_without_a_report_are_named(var: Path) -> None:
    put(var, [made_feature("user_spend_1h", start_ms=recent_ms(), status="ok")])
    result = headrace("report")
    assert "no report yet: item_" in result.output
    assert result.exit_code == 2
    assert headrace("report", "--feature", "user_spend_1h").exit_code == 0


def test_an_old_report_is_not_passed_off_as_now(var: Path) -> None:
    put_interval(var, made_interval(statuses={}))
    result = headrace("report")
    assert "is the dataflow running?" in result.output and result.exit_code == 2
    assert json.loads(headrace("report", "--json").stdout)["freshness"] == "stale"


def calm_interval(start_ms: int) -> IntervalReport:
    """All features are as expected, and so are their sources."""
    return made_interval(start_ms=start_ms, statuses={})


@pytest.mark.parametrize("hours", [1, 24])
def test_reports_from_ahead_are_not_passed_off_as_now(var: Path, hours: int) -> None:
    """A clock is wrong: that of the dataflow, which may have stopped since, or that of whoever asks."""
    put_interval(var, calm_interval(recent_ms()))
    assert headrace("report").exit_code == 0
    put_interval(var, calm_interval(recent_ms() + hours * 3_600_000))
    result = headrace("report")
    assert result.exit_code == 2 and "after the clock of this machine" in result.output
    assert json.loads(headrace("report", "--json").stdout)["freshness"] == "ahead"


def test_an_old_report_of_a_source_is_exit_code_2(var: Path) -> None:
    put_interval(var, calm_interval(recent_ms()))
    old = calm_interval(recent_ms() - 10 * INTERVAL_MS)
    put(var, old.sources[:1])
    assert headrace("report").exit_code == 2


def test_a_feature_without_a_verdict_is_exit_code_2(var: Path) -> None:
    interval = calm_interval(recent_ms())
    put_interval(var, interval)
    put(var, [msgspec.structs.replace(interval.features[3], status="failed", note="it failed")])
    result = headrace("report")
    assert result.exit_code == 2 and f"the evaluation failed: {interval.features[3].key}" in result.output


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b'{"subject": 1}', b"\xff", b"null"])
def test_a_report_that_is_half_written_is_never_all_well(var: Path, payload: bytes) -> None:
    interval = calm_interval(recent_ms())
    put_interval(var, interval)
    with connect(None, var) as client:
        client.hset(quality_key("headrace", interval.features[0].key), "closed", payload)
    result = headrace("report")
    assert result.exit_code == (3 if payload else 2) and "Traceback" not in result.output


def test_reports_under_another_prefix_are_none(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_interval(var, calm_interval(recent_ms()))
    monkeypatch.setenv("HEADRACE_REDIS_PREFIX", "other")
    assert headrace("report").exit_code == 2
    assert headrace("report", "--since", "24h").exit_code == 2


def test_one_old_report_among_new_ones_is_exit_code_2(var: Path) -> None:
    interval = made_interval(start_ms=recent_ms(), statuses={})
    put_interval(var, interval)
    old = interval.features[7]
    put(
        var,
        [msgspec.structs.replace(old, start_ms=old.start_ms - 9 * INTERVAL_MS, end_ms=old.end_ms - 9 * INTERVAL_MS)],
    )
    assert headrace("report").exit_code == 2


def silence(state: Literal["firing", "resolved"], end_ms: int | None) -> Incident:
    now = now_ms()
    return Incident(
        id="i1", kind="silence", state=state, source="orders", onset_ms=now - 7_200_000, at_ms=now, peak_ms=now,
        end_ms=end_ms, headline="orders: no event since 12:05 (7 min), usually one every 2 s", owners=("a@x.io",),
        action="see whether its producer is up", runbook="https://wiki/orders", muted=("user_spend_1h",),
    )  # fmt: skip


def put_incident(var: Path, incident: Incident) -> None:
    with connect(None, var) as client:
        client.hset(incidents_key("headrace"), mapping={incident.id: incident.encode(), "_as_of": "1"})


def test_an_incident_leads_and_says_what_to_do_first(var: Path) -> None:
    put_interval(var, made_interval(start_ms=recent_ms(), statuses={}))
    put_incident(var, silence("firing", None))
    result = headrace("report")
    assert result.exit_code == 1
    assert result.output.startswith("orders: no event since 12:05 (7 min), usually one every 2 s\n")
    for words in (
        "firing   orders: no event",
        "2 h, a@x.io",
        "first: see whether its producer is up",
        "https://wiki/orders",
    ):
        assert words in result.output
    assert headrace("report", "--feature", "user_spend_1h").exit_code == 1
    assert headrace("report", "--feature", "user_login_frequency").exit_code == 0


def test_what_ended_is_listed_for_as_long_as_is_asked(var: Path) -> None:
    put_interval(var, made_interval(start_ms=recent_ms(), statuses={}))
    put_incident(var, silence("resolved", now_ms() - 3_600_000))
    for since, listed in (("24h", True), ("30m", False)):
        result = headrace("report", "--since", since)
        assert (result.exit_code, "resolved orders: no event" in result.output) == (0, listed)
    assert "resolved" not in headrace("report").output
    wrong = headrace("report", "--since", "yesterday")
    assert wrong.exit_code == 2 and "24h" in wrong.output


def test_the_interval_that_closed_counts_before_the_one_that_goes_on(var: Path) -> None:
    """Which has too few rows when it has just begun; while there is no other it is what is known."""
    put(var, [made_feature("user_spend_1h", start_ms=recent_ms(), status="too_few_rows", closed=False)], "open")
    assert "too few rows" in headrace("report", "--feature", "user_spend_1h").output
    put(var, [made_feature("user_spend_1h", start_ms=recent_ms(), status="firing")])
    assert headrace("report", "--feature", "user_spend_1h").exit_code == 1


def test_the_json_is_all_that_standard_output_holds_and_all_there_is(var: Path) -> None:
    interval = made_interval(start_ms=recent_ms())
    put_interval(var, interval)
    result = headrace("report", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["fires"], told["unknown"]) == (1, True, [])
    assert told["verdict"] == verdict(interval.features, interval.sources)
    features = msgspec.convert(told["features"], tuple[FeatureReport, ...])
    assert features == tuple(ordered(interval.features))
    assert msgspec.convert(told["sources"], tuple[SourceReport, ...]) == interval.sources


def test_texts_of_others_move_no_cursor_and_write_no_markup(var: Path) -> None:
    hostile = f"[bold]\x1b[2J{HOSTILE[2]}"
    report = made_feature("user_spend_1h", start_ms=recent_ms())
    alerts = tuple(msgspec.structs.replace(alert, summary=hostile) for alert in report.alerts)
    put(var, [msgspec.structs.replace(report, note=hostile, alerts=alerts)])
    output = headrace("report").output
    assert "\x1b" not in output
    assert "\x00" not in output
    assert "[bold]" in output


def test_redis_that_is_not_there_is_exit_code_3(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_REDIS_URL", "redis://:s3cret@127.0.0.1:1/0")
    result = headrace("report")
    assert result.exit_code == 3
    assert "s3cret" not in result.output


def test_a_report_of_another_version_is_one_clear_line(var: Path) -> None:
    with connect(None, var) as client:
        client.hset(quality_key("headrace", "user_spend_1h"), "closed", '{"subject": 7}')
    result = headrace("report")
    assert result.exit_code == 3
    assert "headrace:_quality:user_spend_1h" in result.output
    assert "Traceback" not in result.output


def test_both_intervals_are_read(var: Path) -> None:
    closed = made_feature("user_spend_1h", start_ms=recent_ms())
    going = made_feature("user_spend_1h", start_ms=recent_ms() + INTERVAL_MS, closed=False)
    put(var, [closed])
    put(var, [going], "open")
    put(var, [made_source("orders")])
    with connect(None, var) as client:
        known = read_known(client, "headrace", ["user_spend_1h", "no_such"], ["orders", "logins"])
    assert (known.features["user_spend_1h"].open, known.features["user_spend_1h"].closed) == (going, closed)
    assert (list(known.features), list(known.sources)) == (["user_spend_1h"], ["orders"])
