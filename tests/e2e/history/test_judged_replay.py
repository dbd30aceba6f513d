"""Tests `headrace replay --quality` as a user runs it: intervals against brute force, in processes, killed and
resumed."""

import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.records import FeatureReport, SourceReport
from tests.support.generators.seeds import fresh_seed
from tests.support.programs.command_line import home, lines_of
from tests.support.programs.killed_runs import kill_at_random
from tests.support.programs.replayed_payments import DAY, START, Payment, publish, replay, spent

TENANT = "persistent://public/default/"
COMMAND = [sys.executable, "-m", "cli.main", "replay", "--quality"]


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with home(tmp_path, monkeypatch) as folder:
        monkeypatch.setenv("HEADRACE_QUALITY_INTERVAL", "21600")
        yield folder


def payments(rng: random.Random, many: int, users: int) -> list[Payment]:
    """Returns payments over five days, in random order; none on the third."""
    times = [START + rng.randrange(4 * DAY) for _ in range(many)]
    return [
        Payment(
            f"u{rng.randrange(users)}",
            rng.randrange(1, 1_000) / 4,
            time_ms if time_ms < START + 2 * DAY else time_ms + DAY,
            f"k{rng.randrange(16)}",
        )
        for time_ms in times
    ]


def judged_replay(*arguments: str, **settings: str) -> None:
    done = replay("--quality", *arguments, **settings)
    assert done.returncode == 0, done.stderr


def reports(var: Path) -> list[FeatureReport | SourceReport]:
    """Returns all closed reports on the quality topic."""
    payloads = [json.dumps(json.loads(line)["v"]) for line in lines_of(var, "headrace-quality").splitlines()]
    return [
        SourceReport.decode(payload) if "subject" not in json.loads(payload) else FeatureReport.decode(payload)
        for payload in payloads
    ]


def test_intervals_are_what_brute_force_says(specs: Path, tmp_path: Path) -> None:
    """Every active user once, after the last payment of the interval; judged at once, as history was complete."""
    events = payments(random.Random(5), 3_000, 300)
    publish(events)
    judged_replay()
    feature_reports = [report for report in reports(tmp_path / "var") if isinstance(report, FeatureReport)]
    assert [report.start_ms for report in feature_reports] == list(range(START, START + 5 * DAY, DAY // 4))
    for report in feature_reports:
        last = {
            event.user_id: event.timestamp + 1
            for event in sorted(events, key=lambda event: event.timestamp)
            if report.start_ms <= event.timestamp + 1 < report.end_ms
        }
        values = [spent(events, user, time) for user, time in last.items()]
        assert report.summary.rows == len(values)
        assert report.summary.mean == (pytest.approx(sum(values) / len(values)) if values else None)
    assert {report.status for report in feature_reports}.isdisjoint({"warming_up", "failed"})
    assert not list((tmp_path / "var/history").glob("*/job.json"))


def test_two_processes_judge_as_one(specs: Path, tmp_path: Path) -> None:
    events = payments(random.Random(6), 2_000, 100)
    publish([*events, events[0]._replace(event_type="")])
    messages = []
    for processes, size in (("1", "20000"), ("2", "100")):
        judged_replay(
            "--processes", processes, HEADRACE_BATCH_ROWS=size, HEADRACE_QUALITY_TOPIC=TENANT + f"quality-{processes}"
        )
        lines = lines_of(tmp_path / "var", f"quality-{processes}").splitlines()
        messages.append(sorted(json.dumps(json.loads(line)["v"], sort_keys=True) for line in lines))
    assert messages[0] == messages[1] and len(messages[0]) > 20


def test_an_option_of_the_command_counts_more_than_the_setting(specs: Path, tmp_path: Path) -> None:
    publish(payments(random.Random(7), 50, 5))
    judged_replay("--out", str(tmp_path / "rows"), "--from", "2026-01-02", HEADRACE_QUALITY="false")
    feature_reports = [report for report in reports(tmp_path / "var") if isinstance(report, FeatureReport)]
    assert min(report.start_ms for report in feature_reports) == START + DAY


@pytest.mark.parametrize("processes", ["1", "2"])
def test_killed_and_resumed_it_tells_the_same(specs: Path, tmp_path: Path, processes: str) -> None:
    seed = fresh_seed()
    rng = random.Random(seed)
    publish(payments(rng, 3_000, 200))
    settings = {
        "HEADRACE_BATCH_ROWS": "50",
        "HEADRACE_HISTORY_PROCESSES": processes,
        "HEADRACE_QUALITY_INTERVAL": "3600",
    }
    begun = time.monotonic()
    judged_replay(**settings, HEADRACE_QUALITY_TOPIC=TENANT + "whole")
    usual_s = time.monotonic() - begun
    kill_at_random(COMMAND, settings | {"HEADRACE_QUALITY_TOPIC": TENANT + "killed"}, usual_s, rng, runs=3)
    judged_replay(**settings, HEADRACE_QUALITY_TOPIC=TENANT + "killed")
    messages = [
        {json.dumps(json.loads(line)["v"], sort_keys=True) for line in lines_of(tmp_path / "var", topic).splitlines()}
        for topic in ("whole", "killed")
    ]
    assert messages[0] == messages[1], f"{seed=}"
