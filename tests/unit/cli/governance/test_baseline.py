"""Tests `headrace baseline`: distributions measured from history and data sets, compared with the quality branch."""

from collections import defaultdict
from collections.abc import Sequence
from difflib import ndiff
from pathlib import Path

import msgspec
import numpy as np
import pytest

from connectors.embedded.topics import append
from dataflows.definitions import load
from tests.support.dataflow.in_memory_ports import raw_batch
from tests.support.dataflow.quality.closed_reports import INTERVAL_S, LENGTH_MS, of_features
from tests.support.dataflow.quality.judged_history import judged_history
from tests.support.generators.seeds import fixed_seeds, rng_of
from tests.support.programs.command_line import SPENT, headrace

START = 1_767_225_600_000
HOURS, USERS = 30, 260
TOPIC = "persistent://public/default/raw-order-events"
WRITTEN = "window: 1h\n# measured in May\nbaseline_profile: {max: 100, mean: 9.0}  # by hand\n"
Event = dict[str, object]


@pytest.fixture
def shop(specs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HEADRACE_QUALITY_INTERVAL", str(INTERVAL_S))
    monkeypatch.chdir(tmp_path)
    (specs / "user" / "user_spent_1d.yaml").write_text(SPENT.replace("window: 1d\n", WRITTEN))
    return tmp_path


def orders(rng: np.random.Generator, level: Sequence[float] = (1.0,) * HOURS) -> list[Event]:
    """Returns orders: each user pays once an hour, in a random minute."""
    return [
        {
            "event_type": "payment_success",
            "user_id": f"u{user}",
            "amount": float(np.round(rng.gamma(4.0, 10.0) * level[hour], 2)),
            "timestamp": START + hour * LENGTH_MS + int(rng.integers(0, 60)) * 60_000,
        }
        for hour in range(HOURS)
        for user in range(USERS)
    ]


def publish(shop: Path, events: Sequence[Event]) -> None:
    payloads = [msgspec.json.encode(event) for event in events]
    keys = [str(event["user_id"]) for event in events]
    append(shop / "var" / "topics", TOPIC, keys, payloads, lambda: START + (HOURS + 1) * LENGTH_MS)


def file_of(shop: Path) -> Path:
    return shop / "specs" / "user" / "user_spent_1d.yaml"


def measured(shop: Path) -> dict[str, float]:
    (feature,) = load(shop / "specs").features
    return dict(feature.baseline_profile)


def last_values(events: Sequence[Event], first: int, end: int) -> list[float]:
    """Returns, for each hour and user, the sum of payments in the hour up to and including the last one."""
    sums, of_user = list[float](), defaultdict[object, list[Event]](list)
    for event in events:
        of_user[event["user_id"]].append(event)
    for hour in range(first, end):
        for own in of_user.values():
            times = [int(str(event["timestamp"])) for event in own]
            last = max(time for time in times if (time - START) // LENGTH_MS == hour)
            tail = (last + 1 - LENGTH_MS) // 60_000 * 60_000
            sums.append(
                sum(float(str(e["amount"])) for e, time in zip(own, times, strict=True) if tail <= time <= last)
            )
    return sums


@pytest.mark.long
@pytest.mark.parametrize("seed", fixed_seeds(3))
def test_a_baseline_of_history_is_right_and_the_same_values_are_ok(shop: Path, seed: int) -> None:
    events = orders(rng_of(seed))
    publish(shop, events)
    before = file_of(shop).read_text()
    answer = headrace("baseline", "user_spent_1d")
    assert answer.exit_code == 0, answer.output
    values = np.array(last_values(events, 1, HOURS))
    baseline = measured(shop)
    assert baseline.keys() == {"mean", "max"}
    assert baseline["mean"] == pytest.approx(values.mean(), abs=values.std() / 100)
    assert baseline["max"] >= values.max() > baseline["max"] - values.std() / 50
    _expect_edited_line(before, file_of(shop).read_text())
    _expect_output(answer.output, len(values))
    assert list((shop / "var" / "history").iterdir()) == []
    _expect_all_ok(shop, events)


def _expect_edited_line(before: str, after: str) -> None:
    """Checks that one line of the file changed, and that its comment is still there."""
    changed = [line for line in ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
    assert [line[:2] for line in changed] == ["- ", "+ "]
    assert changed[1].endswith("}  # by hand")


def _expect_output(output: str, values: int) -> None:
    assert "mean  9.0 -> " in output
    assert f"user_spent_1d: {values:,} values of {values:,} rows in {HOURS - 1} intervals" in output
    assert any(bar in output for bar in "▃▄▅▆▇")


def _expect_all_ok(shop: Path, events: Sequence[Event]) -> None:
    """Checks that the quality branch, given the same events, compares them with the baseline and raises no alert."""
    reports = of_features(judged_history(load(shop / "specs"), {"orders": [[raw_batch("0", events)]]}, shop / "job"))
    judged = [report for (_, start), report in reports.items() if start > START]
    assert len(judged) == HOURS - 1
    assert {report.status for report in judged} == {"ok"}, [report.note for report in judged]
    assert all(any(score.measure == "mean_shift" for score in report.scores) for report in judged)


@pytest.mark.parametrize("seed", fixed_seeds(1))
def test_without_keys_the_usual_ones_are_measured_between_two_times(shop: Path, seed: int) -> None:
    path = file_of(shop)
    path.write_text(path.read_text().replace(WRITTEN, "window: 1h\n"))
    events = orders(rng_of(seed), [1.0] * 20 + [50.0] * (HOURS - 20))
    publish(shop, events)
    bounds = ("--from", str(START + 5 * LENGTH_MS), "--to", str(START + 20 * LENGTH_MS))
    answer = headrace("baseline", "user_spent_1d", *bounds)
    assert answer.exit_code == 0, answer.output
    values = np.array(last_values(events, 5, 20))
    baseline = measured(shop)
    assert baseline["mean"] == pytest.approx(values.mean(), abs=values.std() / 100)
    assert baseline["std_dev"] == pytest.approx(values.std(ddof=1), rel=0.01)
    assert baseline["p95"] == pytest.approx(np.quantile(values, 0.95), rel=0.03)
    lines = path.read_text().splitlines()
    assert lines[lines.index("tests:") - 1].startswith("baseline_profile: {mean: ")


@pytest.mark.parametrize("seed", fixed_seeds(1))
def test_what_does_not_hold_in_every_interval_is_left_out(shop: Path, seed: int) -> None:
    daily = [1.0 + 0.6 * float(np.sin(2 * np.pi * hour / 24)) for hour in range(HOURS)]
    publish(shop, orders(rng_of(seed), daily))
    answer = headrace("baseline", "user_spent_1d")
    assert answer.exit_code == 0, answer.output
    assert measured(shop).keys() == {"max"}
    assert "mean  omitted: it would raise an alert in " in answer.output
    assert "  # by hand" in file_of(shop).read_text()


@pytest.mark.long
@pytest.mark.parametrize("seed", fixed_seeds(1))
def test_a_data_set_is_measured_by_its_manifest(shop: Path, seed: int) -> None:
    events = orders(rng_of(seed))
    publish(shop, events)
    ends = str(START + HOURS * LENGTH_MS)
    assert headrace("dataset", "--entity", "user_id", "--at", ends, "--out", "t.parquet").exit_code == 0
    answer = headrace("baseline", "user_spent_1d", "--dataset", "t.parquet")
    assert answer.exit_code == 0, answer.output
    last_hour = {
        str(event["user_id"]): float(str(event["amount"]))
        for event in events
        if int(str(event["timestamp"])) >= START + (HOURS - 1) * LENGTH_MS
    }
    values = np.array([*last_hour.values()])
    assert measured(shop)["mean"] == pytest.approx(values.mean(), abs=values.std() / 100)
    assert f"user_spent_1d: {USERS} values of {USERS} rows" in answer.output
    assert headrace("bump", "user_spent_1d").exit_code == 0
    refused = headrace("baseline", "user_spent_1d", "--dataset", "t.parquet")
    assert (refused.exit_code, "had another definition" in refused.output) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["user_spend_1d"], 2, "did you mean user_spent_1d?"),
        (["user_spent_1d", "--from", "then"], 2, "neither a time nor a position"),
        (["user_spent_1d", "--from", "orders/0@1"], 2, "expected a time such as"),
        (["user_spent_1d", "--from", "2026-01-02", "--to", "2026-01-01"], 2, "is not before --to"),
        (["user_spent_1d", "--dataset", "specs/sources/orders.yaml"], 2, "it cannot be read"),
        (["user_spent_1d", "--dataset", "none.parquet"], 2, "no such file"),
        (["user_spent_1d", "--dataset", "none.parquet", "--to", "2026-01-01"], 2, "--dataset cannot be combined"),
        (["user_spent_1d", "--from", "2026-02-01"], 1, "no entity has an event for user_spent_1d in this time"),
        (["user_spent_1d", "--to", "2026-01-01T00:59:00Z"], 1, "no complete values in this time"),
    ],
)
def test_mistakes_are_one_clear_line(shop: Path, arguments: list[str], code: int, said: str) -> None:
    publish(shop, orders(np.random.default_rng(1))[: USERS * 3])
    before = file_of(shop).read_text()
    refused = headrace("baseline", *arguments)
    assert (refused.exit_code, said in refused.output) == (code, True), refused.output
    assert "Traceback" not in refused.output
    assert file_of(shop).read_text() == before
