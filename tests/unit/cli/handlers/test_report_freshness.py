"""Tests `headrace report` over reports that are old, from ahead, absent or damaged: none passes for now."""

import json
from pathlib import Path

import msgspec
import pytest

from connectors.redis.client import connect
from reports.records import quality_key
from reports.verdict import NOTHING_KNOWN
from tests.support.factories.quality.reports import (
    INTERVAL_MS,
    made_feature,
    made_interval,
)
from tests.support.generators.seeds import some
from tests.support.programs.command_line import headrace
from tests.support.programs.stored_reports import calm_interval, put, put_interval, recent_ms


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


@pytest.mark.long
@pytest.mark.parametrize("hours", some([1, 24]))
def test_reports_from_ahead_are_not_passed_off_as_now(var: Path, hours: int) -> None:
    """A clock is wrong: the dataflow's, which may have stopped since, or the reader's."""
    put_interval(var, calm_interval(recent_ms()))
    assert headrace("report").exit_code == 0
    put_interval(var, calm_interval(recent_ms() + hours * 3_600_000))
    result = headrace("report")
    assert result.exit_code == 2 and "in the future: check the clocks" in result.output
    assert json.loads(headrace("report", "--json").stdout)["freshness"] == "ahead"


@pytest.mark.long
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
    assert result.exit_code == 2 and f"the evaluation failed for: {interval.features[3].key}" in result.output


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
