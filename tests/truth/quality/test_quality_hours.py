"""Tests the quality branch hour by hour over orders made by hand, against numpy: drift, rules, quarantine, crashes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from bytewax.errors import BytewaxRuntimeError

from dataflows.definitions.loader import Definitions
from dataflows.metrics import QUALITY_ERRORS
from dataflows.quality.branch import monitors
from dataflows.quality.interval_evaluator import GRACE_MS, LOOK_MS, IntervalEvaluator, Verdict
from dataflows.quality.intervals import Intervals
from reports.alerting.features.feature_monitor import Limits
from reports.alerting.observations import RowProfiles
from reports.profiling.profile import Profile
from reports.records import Alert
from tests.support.dataflow.in_memory_ports import Partitions, raw_batch
from tests.support.dataflow.outputs import Left
from tests.support.dataflow.quality.closed_reports import INTERVAL_S, LENGTH_MS, of_features
from tests.support.dataflow.runs import Crash, replayed
from tests.support.factories.definitions import by_hand
from tests.support.generators.random_streams import START
from tests.support.generators.seeds import seeds, some
from tests.support.oracle.event_facts import Event

pytestmark = pytest.mark.long

HOURS = 40
AMOUNT = {
    "source": "orders",
    "aggregation": "last",
    "window": "lifetime",
    "value": "amount",
    "value_type": "DOUBLE",
    "baseline_profile": {"mean": 10.0, "std_dev": 1.0, "p95": 11.645},
}
FLAGGED = {"rule": "range", "min": 7.5, "max": 100}
KEPT_BACK = {"rule": "range", "max": 11.5, "on_violation": "quarantine"}


def shop(folder: Path, *rules: dict[str, Any], **more: dict[str, Any]) -> Definitions:
    """Returns the last amount of a user, with rules."""
    return by_hand(folder, last_amount={**AMOUNT, "validation_rules": list(rules)}, **more)


def hours(seed: int, shifted: range) -> list[list[Event]]:
    """Returns 300 orders per hour by as many users; in the hours of `shifted` they are five standard deviations
    higher."""
    print(f"{seed=}")
    rng = np.random.default_rng(seed)
    return [
        [
            {"event_type": "view", "user_id": f"u{at}", "amount": amount, "timestamp": START + hour * LENGTH_MS + at}
            for at, amount in enumerate((rng.normal(10, 1, 300) + 5 * (hour in shifted)).tolist())
        ]
        for hour in range(HOURS)
    ]


def of_orders(batches: Sequence[Sequence[Event]]) -> Partitions:
    return {"orders": [[raw_batch("0", events) for events in batches]]}


def shop_judged(
    definitions: Definitions, batches: Sequence[Sequence[Event]], left: Left | None = None, **options: Any
) -> Left:
    return replayed(definitions, of_orders(batches), judged=True, interval_s=INTERVAL_S, left=left, **options)


@pytest.mark.parametrize(("seed", "workers", "together"), [(1, 1, 1), (2, 1, 7), (3, 2, 3)])
def test_an_interval_is_what_numpy_says(seed: int, workers: int, together: int, tmp_path: Path) -> None:
    """Values and violations of each interval, however many intervals a batch spans."""
    by_hour = hours(seed, range(0))
    batches: list[list[Event]] = [
        [{**event, "user_id": f"{place}-{event['user_id']}"} for place, hour in enumerate(some) for event in hour]
        for some in (by_hour[at : at + together] for at in range(0, HOURS, together))
    ]
    left = shop_judged(shop(tmp_path, {"rule": "not_null"}, FLAGGED), batches, workers=workers)
    reports = of_features(left)
    assert len(reports) == HOURS
    for hour, events in enumerate(by_hour):
        report = reports["last_amount", START + hour * LENGTH_MS]
        amounts = np.array([event["amount"] for event in events])
        summary = report.summary
        assert (summary.rows, summary.nulls, summary.distinct) == (300, 0, len(np.unique(amounts)))
        assert [summary.mean, summary.std] == pytest.approx([amounts.mean(), amounts.std()], rel=2e-3)
        assert summary.mean == pytest.approx(amounts.mean(), rel=1e-12)
        assert (summary.min, summary.max) == (amounts.min(), amounts.max())
        assert [rule.violations for rule in report.rules] == [0, int(((amounts < 7.5) | (amounts > 100)).sum())]
        assert {sample.value for sample in report.samples} <= {str(one) for one in amounts[amounts < 7.5].tolist()}


@pytest.mark.parametrize("seed", seeds(3))
def test_drift_is_told_once_and_so_is_its_end(seed: int, tmp_path: Path) -> None:
    left = shop_judged(shop(tmp_path), hours(seed, range(20, 28)))
    drift = [alert for alert in left.alerts if alert.rule == "drift"]
    assert [alert.state for alert in drift if alert.state == "firing"], "nothing fired"
    assert min(alert.onset_ms for alert in drift) == START + 20 * LENGTH_MS
    for key in {alert.key for alert in left.alerts}:
        assert [alert.state for alert in left.alerts if alert.key == key] == ["firing", "resolved"]
    assert all(alert.at_ms > START + 20 * LENGTH_MS for alert in drift)


@pytest.mark.parametrize("at", some([21, 5, 22, 23, 24, 30, 39]))
def test_a_crash_tells_nothing_new(at: int, tmp_path: Path) -> None:
    """Crashed before any batch, the reports and the keys of alerts equal those of an undisturbed run."""
    definitions, batches = shop(tmp_path / "specs", FLAGGED), hours(7, range(20, 28))
    whole, left, store = shop_judged(definitions, batches), Left(definitions), tmp_path / "recovery"
    with pytest.raises(BytewaxRuntimeError, match="next_batch"):
        shop_judged(definitions, batches, left, crash=Crash(at), recovery=store)
    shop_judged(definitions, batches, left, recovery=store)
    assert {(alert.key, alert.state) for alert in left.alerts} == {(alert.key, alert.state) for alert in whole.alerts}
    assert of_features(left) == of_features(whole)


def test_what_is_quarantined_reaches_no_reader(tmp_path: Path) -> None:
    twice = {"expression": "last_amount * 2", "value_type": "DOUBLE"}
    events = hours(11, range(0))[0]
    left = shop_judged(shop(tmp_path, KEPT_BACK, twice=twice), [events])
    high = {str(event["user_id"]): event["amount"] for event in events if float(str(event["amount"])) > 11.5}
    assert high
    letters = [letter for letter in left.letters if letter["reason"] == "quarantined"]
    assert {letter["entity"]: float(letter["value"]) for letter in letters} == high
    for (_, user), record in left.newest().items():
        assert (record.values["last_amount"] is None) == (user in high)
        assert (record.values["twice"] is None) == (user in high)
    for key, fields in left.hashes().items():
        kept_back = key.rsplit(":", 1)[-1] in high
        assert fields.get("_quarantined") == ("last_amount,twice" if kept_back else None)
        assert {"last_amount", "twice"}.isdisjoint(fields) == kept_back


@pytest.mark.parametrize("rules", some([[], [{"rule": "not_null"}, FLAGGED, KEPT_BACK]]))
def test_a_feature_whose_rules_changed_starts_over(rules: list[dict[str, Any]], tmp_path: Path) -> None:
    """Open profiles under the earlier rules neither end the run nor count in the new rules' intervals."""
    batches, store = hours(13, range(0)), tmp_path / "recovery"
    before, after = shop(tmp_path / "before", FLAGGED), shop(tmp_path / "after", *rules)
    left = Left(before)
    with pytest.raises(BytewaxRuntimeError, match="next_batch"):
        shop_judged(before, batches, left, crash=Crash(9), recovery=store)
    left.reports.clear()
    reports = of_features(shop_judged(after, batches, left, recovery=store))
    assert [len(report.rules) for report in reports.values()] == [len(rules)] * len(reports)
    rows = {(start - START) // LENGTH_MS: report.summary.rows for (_, start), report in reports.items()}
    assert [rows[hour] for hour in range(9, HOURS)] == [300] * (HOURS - 9)
    assert sum(rows[hour] for hour in range(9) if hour in rows) < 600


def test_a_profile_that_fails_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The features are still served; the failure is counted."""

    def fail(*_: object) -> None:
        raise ArithmeticError("a profile that fails")

    counted = QUALITY_ERRORS.labels("last_amount")
    before, batches = counted._value.get(), hours(17, range(0))
    whole = shop_judged(shop(tmp_path / "one"), batches)
    monkeypatch.setattr(Profile, "add", fail)
    left = shop_judged(shop(tmp_path / "two"), batches)
    assert left.records == whole.records
    assert counted._value.get() > before
    assert all(report.summary.rows == 0 for report in of_features(left).values())


def test_by_the_wall_clock_it_is_the_same_as_replayed(tmp_path: Path) -> None:
    """The same parts, live with a running clock and bounded, give the same closed reports and alerts."""
    definitions, now = shop(tmp_path), [START]
    parts = [_part(hour, events) for hour, events in enumerate(hours(19, range(20, 28)))]
    intervals = Intervals(LENGTH_MS, False, lambda: now[0])
    monitor_of = monitors(definitions, Limits())
    bounded, live = (IntervalEvaluator(monitor_of, intervals, bounded, None) for bounded in (True, False))
    replay = [one for part in parts for one in bounded.on_batch([part])[0]] + list(bounded.on_eof()[0])
    seen: list[Verdict] = []
    for hour, part in enumerate(parts):
        now[0] = START + hour * LENGTH_MS
        seen += [*live.on_batch([part])[0]]
        now[0] += LENGTH_MS + GRACE_MS + LOOK_MS
        seen += live.on_notify()[0]
    assert [one for one in seen if isinstance(one, Alert) or one.closed] == replay


def _part(hour: int, events: list[Event]) -> RowProfiles:
    profile = Profile("number", 0)
    profile.add(pl.Series([event["amount"] for event in events], dtype=pl.Float64), ())
    return RowProfiles("last_amount", {START + hour * LENGTH_MS: profile})
