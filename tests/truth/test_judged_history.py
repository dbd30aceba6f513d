"""History judged in slices, against the live graph over the same events: the same reports, whatever the batches."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dataflows.definitions.loader import Definitions
from reports.records import FeatureReport, SourceReport
from tests.support.dataflow.in_memory_ports import Partitions, raw_batch
from tests.support.dataflow.judged_runs import judged_history, judged_live
from tests.support.dataflow.outputs import Left
from tests.support.factories.definitions import by_hand
from tests.support.generators.random_streams import START
from tests.support.generators.seeds import rng_of
from tests.support.oracle.event_facts import Event

HOUR = 3_600_000
SPEND: dict[str, Any] = {"source": "orders", "value": "amount", "value_type": "DOUBLE", "window": "lifetime"}
RULES = [{"rule": "not_null"}, {"rule": "range", "max": 60}, {"rule": "monotonic", "direction": "increasing"}]
KEPT_BACK = [{"rule": "range", "max": 25, "on_violation": "quarantine"}]


def shop(folder: Path) -> Definitions:
    return by_hand(
        folder,
        spend={**SPEND, "aggregation": "sum", "validation_rules": RULES},
        last={**SPEND, "aggregation": "last", "validation_rules": KEPT_BACK, "baseline_profile": {"mean": 10.0}},
        country={"source": "orders", "value": "category", "value_type": "STRING", "window": "30d", "aggregation": "last"},
        n={"source": "orders", "value_type": "INT64", "window": "30d", "aggregation": "count"},
        each={"expression": "spend / n", "value_type": "DOUBLE"},
        of_item={**SPEND, "aggregation": "mean", "entity_id": "item_id", "topic_name": "persistent://public/default/feature-item"},
    )


def events_of(rng: np.random.Generator, hours: int = 12, many: int = 300) -> list[Event]:
    """Orders in the order of their time; a third shift of amounts and a new country after two thirds of the hours."""
    times = np.sort(rng.integers(START, START + hours * HOUR, hours * many))
    made = list[Event]()
    for time in times.tolist():
        late = time > START + 2 * hours * HOUR // 3
        made.append(
            {
                "event_type": "pay",
                "user_id": f"u{int(rng.zipf(1.6)) % 400}",
                "item_id": f"i{rng.integers(40)}",
                "amount": float(rng.normal(20 if late else 10, 3)),
                "category": "XX" if late and rng.random() < 0.3 else str(rng.choice(["DE", "FR"])),
                "timestamp": time,
            }
        )
    return made


def batched(events: Sequence[Event], size: int, partitions: int = 1) -> Partitions:
    """By user over partitions; each event published when it happened, batches cut anywhere."""
    lanes = [[e for e in events if int(str(e["user_id"])[1:]) % partitions == lane] for lane in range(partitions)]
    return {"orders": [[raw_batch(str(n), some) for some in cut(lane, size)] for n, lane in enumerate(lanes)]}


def cut(events: Sequence[Event], size: int) -> Iterator[Sequence[Event]]:
    return (events[first : first + size] for first in range(0, len(events), size))


def feature_reports(left: Left) -> dict[tuple[str, int], FeatureReport]:
    found = [FeatureReport.decode(payload) for key, payload in left.reports if not key.startswith("source:")]
    assert len({(one.key, one.start_ms) for one in found}) == len(found)
    return {(one.key, one.start_ms): one for one in found}


def rounded(value: Any) -> Any:
    """Floats to nine digits: the order of a sum shows in the last ones."""
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    return float(f"{value:.8e}") if isinstance(value, float) else value


def plain(reports: dict[tuple[str, int], FeatureReport]) -> dict[tuple[str, int], Any]:
    import msgspec

    return {key: rounded(msgspec.to_builtins(report)) for key, report in reports.items()}


@pytest.mark.parametrize(("size", "partitions"), [(20_000, 1), (100, 1), (100, 2)])
def test_history_is_judged_as_the_live_graph_judges(size: int, partitions: int, tmp_path: Path) -> None:
    definitions, events = shop(tmp_path / "specs"), events_of(rng_of(3))
    live = judged_live(definitions, batched(events, 100))
    past = judged_history(definitions, batched(events, size, partitions), tmp_path / "job")
    expected = plain(feature_reports(live))
    found = plain(feature_reports(past))
    assert found.keys() == expected.keys() and len(found) == 6 * 12
    for key, report in found.items():
        assert report == expected[key], key
    assert {(alert.key, alert.state, alert.at_ms) for alert in past.alerts} == {
        (alert.key, alert.state, alert.at_ms) for alert in live.alerts
    }
    assert past.alerts
