"""Tests `headrace report` over reports in a real Redis: output and exit codes."""

import json
from pathlib import Path
from typing import Literal

import msgspec

from cli.terminal import now_ms
from connectors.redis.client import connect
from reports.incidents import Incident
from reports.records import FeatureReport, SourceReport
from reports.verdict import ordered, verdict
from serving.quality.live_reports import read_known
from tests.support.factories.quality.reports import (
    HOSTILE,
    INTERVAL_MS,
    made_feature,
    made_interval,
    made_source,
)
from tests.support.programs.command_line import headrace
from tests.support.programs.stored_reports import put, put_incident, put_interval, recent_ms


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


def silence(state: Literal["firing", "resolved"], end_ms: int | None) -> Incident:
    now = now_ms()
    return Incident(
        id="i1", kind="silence", state=state, source="orders", onset_ms=now - 7_200_000, at_ms=now, peak_ms=now,
        end_ms=end_ms, headline="orders: no event since 12:05 UTC (7 min), usually one every 2 s", owners=("a@x.io",),
        action="see whether its producer is up", runbook="https://wiki/orders", muted=("user_spend_1h",),
    )  # fmt: skip


def test_an_incident_leads_and_says_what_to_do_first(var: Path) -> None:
    put_interval(var, made_interval(start_ms=recent_ms(), statuses={}))
    put_incident(var, silence("firing", None))
    result = headrace("report")
    assert result.exit_code == 1
    assert result.output.startswith("orders: no event since 12:05 UTC (7 min), usually one every 2 s\n")
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
    """The open one has too few rows when it has just begun; it counts only while there is no other."""
    put(var, [made_feature("user_spend_1h", start_ms=recent_ms(), status="too_few_rows", closed=False)], "open")
    assert "too few rows" in headrace("report", "--feature", "user_spend_1h").output
    put(var, [made_feature("user_spend_1h", start_ms=recent_ms(), status="firing")])
    assert headrace("report", "--feature", "user_spend_1h").exit_code == 1


def test_the_json_is_all_that_standard_output_holds_and_all_there_is(var: Path) -> None:
    interval = made_interval(start_ms=recent_ms())
    put_interval(var, interval)
    result = headrace("report", "--json")
    report = json.loads(result.stdout)
    assert (result.exit_code, report["fires"], report["unknown"]) == (1, True, [])
    assert report["verdict"] == verdict(interval.features, interval.sources)
    features = msgspec.convert(report["features"], tuple[FeatureReport, ...])
    assert features == tuple(ordered(interval.features))
    assert msgspec.convert(report["sources"], tuple[SourceReport, ...]) == interval.sources


def test_texts_of_others_move_no_cursor_and_write_no_markup(var: Path) -> None:
    hostile = f"[bold]\x1b[2J{HOSTILE[2]}"
    report = made_feature("user_spend_1h", start_ms=recent_ms())
    alerts = tuple(msgspec.structs.replace(alert, summary=hostile) for alert in report.alerts)
    put(var, [msgspec.structs.replace(report, note=hostile, alerts=alerts)])
    output = headrace("report").output
    assert "\x1b" not in output
    assert "\x00" not in output
    assert "[bold]" in output


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
