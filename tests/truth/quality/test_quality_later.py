"""Tests quality switched on for a long-running deployment: the state records since when there are values."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from connectors.messages import RawBatch
from dataflows.definitions.loader import Definitions
from reports.records import FeatureReport
from tests.support.dataflow.in_memory_ports import raw_batch
from tests.support.dataflow.quality.closed_reports import LENGTH_MS, of_features
from tests.support.dataflow.quality.judged_runs import judged_run
from tests.support.factories.definitions import by_hand
from tests.support.generators.random_streams import START
from tests.support.generators.seeds import fixed_seeds
from tests.support.oracle.event_facts import Event

HOURS = 5


def shop(folder: Path) -> Definitions:
    orders = {"source": "orders", "value_type": "DOUBLE", "value": "amount"}
    return by_hand(
        folder,
        last={**orders, "aggregation": "last", "window": "lifetime"},
        spend={**orders, "aggregation": "sum", "window": "3h"},
    )


def batches(seed: int) -> list[RawBatch]:
    """Returns batches of an hour each, of 300 users."""
    rng = np.random.default_rng(seed)
    return [raw_batch("0", of_hour(hour, rng)) for hour in range(HOURS)]


def of_hour(hour: int, rng: np.random.Generator) -> Sequence[Event]:
    begin, end = START + hour * LENGTH_MS, START + (hour + 1) * LENGTH_MS
    times = np.sort(rng.integers(begin, end - 1, 2_000)).tolist()  # a row is as of 1 ms later
    return [
        {"event_type": "pay", "user_id": f"u{rng.integers(300)}", "amount": float(rng.normal(10, 3)), "timestamp": time}
        for time in times
    ]


@pytest.mark.parametrize("seed", fixed_seeds(3))
@pytest.mark.parametrize("workers", [1, 2])
def test_values_of_a_state_that_has_seen_hours_are_judged_at_once(workers: int, seed: int, tmp_path: Path) -> None:
    definitions, hours = shop(tmp_path / "specs"), batches(seed)
    kept = tmp_path / "recovery"
    left = judged_run(definitions, {"orders": [hours[:-1]]}, workers=workers, recovery=kept, judged=False)
    assert not left.reports
    judged_run(definitions, {"orders": [hours]}, workers=workers, recovery=kept, left=left)
    found = of_features(left)
    assert {start for _, start in found} == {START + (HOURS - 1) * LENGTH_MS}
    assert {report.status for report in found.values()} == {"no_baseline"}


@pytest.mark.parametrize("seed", fixed_seeds(3))
def test_values_of_a_state_that_is_young_are_still_too_new(seed: int, tmp_path: Path) -> None:
    definitions, hours = shop(tmp_path / "specs"), batches(seed)
    kept = tmp_path / "recovery"
    left = judged_run(definitions, {"orders": [hours[:1]]}, recovery=kept, judged=False)
    judged_run(definitions, {"orders": [hours[:2]]}, recovery=kept, left=left)
    found: dict[tuple[str, int], FeatureReport] = of_features(left)
    assert found["spend", START + LENGTH_MS].status == "too_new"
    assert found["last", START + LENGTH_MS].status == "no_baseline"
