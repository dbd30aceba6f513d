"""Tests history judged in slices against the live graph over the same events: the same reports for any batches."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from connectors.messages import RawBatch
from connectors.redis.endpoints import JsonFields
from dataflows.definitions.loader import Definitions
from dataflows.history import Job, RowRequest, replay
from dataflows.history.stages import LocalStages
from reports.incidents import Incident, incidents_key
from reports.records import FeatureReport
from tests.support.dataflow.in_memory_ports import Partitions, ports, raw_batch
from tests.support.dataflow.outputs import Left
from tests.support.dataflow.quality.closed_reports import of_sources
from tests.support.dataflow.quality.judged_history import execution, judged_history
from tests.support.dataflow.quality.judged_runs import judged_run
from tests.support.factories.definitions import by_hand
from tests.support.generators.choices import one_of
from tests.support.generators.random_streams import START, stamp
from tests.support.generators.seeds import ALL_SEEDS, SEEDS, rng_of, some
from tests.support.oracle.event_facts import Event

pytestmark = pytest.mark.long

HOUR = 3_600_000
SPEND: dict[str, Any] = {"source": "orders", "value": "amount", "value_type": "DOUBLE", "window": "lifetime"}
RULES = [{"rule": "not_null"}, {"rule": "range", "max": 60}, {"rule": "monotonic", "direction": "increasing"}]
KEPT_BACK = [{"rule": "range", "max": 25, "on_violation": "quarantine"}]
ASKED = RowRequest(store=False, judged=True)


def shop(folder: Path) -> Definitions:
    return by_hand(
        folder,
        spend={**SPEND, "aggregation": "sum", "validation_rules": RULES},
        last={**SPEND, "aggregation": "last", "validation_rules": KEPT_BACK, "baseline_profile": {"mean": 10.0}},
        country={
            "source": "orders",
            "value": "category",
            "value_type": "STRING",
            "window": "30d",
            "aggregation": "last",
        },
        n={"source": "orders", "value_type": "INT64", "window": "30d", "aggregation": "count"},
        each={"expression": "spend / n", "value_type": "DOUBLE"},
        of_item={
            **SPEND,
            "aggregation": "mean",
            "entity_id": "item_id",
            "topic_name": "persistent://public/default/feature-item",
        },
    )


def events_of(rng: np.random.Generator, hours: int = 12, many: int = 300, users: int = 0) -> list[Event]:
    """Returns orders by time; after two thirds of the hours a third of the amounts shifts and a new country appears."""
    times = np.sort(rng.integers(START, START + hours * HOUR, hours * many))
    made = list[Event]()
    for time in times.tolist():
        late = time > START + 2 * hours * HOUR // 3
        made.append(
            {
                "event_type": "pay",
                "user_id": f"u{int(rng.integers(users) if users else rng.zipf(1.6) % 400)}",
                "item_id": f"i{rng.integers(40)}",
                "amount": float(rng.normal(20 if late else 10, 3)),
                "category": "XX" if late and rng.random() < 0.3 else one_of(rng, ("DE", "FR")),
                "timestamp": time,
            }
        )
    return made


def batched(events: Sequence[Event], size: int, partitions: int = 1) -> Partitions:
    """Deals events out to partitions by user; each is published when it happened, batches are cut anywhere."""
    lanes = [[e for e in events if int(str(e["user_id"])[1:]) % partitions == lane] for lane in range(partitions)]
    return {"orders": [[published(str(n), some) for some in cut(lane, size)] for n, lane in enumerate(lanes)]}


def published(partition: str, events: Sequence[Event]) -> RawBatch:
    times = np.array([stamp(event) for event in events])
    return replace(raw_batch(partition, events), published_ms=int(times.min()), arrivals=lambda: times)


def cut(events: Sequence[Event], size: int) -> Iterator[Sequence[Event]]:
    return (events[first : first + size] for first in range(0, len(events), size))


def feature_reports(left: Left) -> dict[tuple[str, int], FeatureReport]:
    found = [FeatureReport.decode(payload) for key, payload in left.reports if not key.startswith("source:")]
    assert len({(one.key, one.start_ms) for one in found}) == len(found)
    return {(one.key, one.start_ms): one for one in found}


def judged_in_pieces(definitions: Definitions, partitions: Partitions, folder: Path, left: Left) -> bool:
    """Runs once, asked to stop after sending three more intervals; returns whether it came to the end."""
    before = len({report.start_ms for report in of_sources(left)})

    def stopping() -> bool:
        return len({report.start_ms for report in of_sources(left)}) >= before + 3

    run = execution({}, stopping)
    run = replace(run, stages=LocalStages(lambda flow: flow, stopping, epoch=timedelta(0)))
    return replay(Job(folder, 3), definitions, ports(left, partitions, lambda _: None, []), ASKED, run, {})


def rounded(value: Any) -> Any:
    """Returns floats to nine digits: the order of a sum shows in the last ones."""
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    return float(f"{value:.8e}") if isinstance(value, float) else value


def plain(reports: dict[tuple[str, int], FeatureReport]) -> dict[tuple[str, int], Any]:
    return {key: rounded(msgspec.to_builtins(report)) for key, report in reports.items()}


def told(left: Left) -> list[tuple[str, str, int]]:
    return sorted((alert.key, alert.state, alert.at_ms) for alert in left.alerts)


@pytest.mark.parametrize(("size", "partitions"), some([(100, 2), (20_000, 1), (100, 1)]))
def test_history_is_judged_as_the_live_graph_judges(size: int, partitions: int, tmp_path: Path) -> None:
    definitions, events = shop(tmp_path / "specs"), events_of(rng_of(3))
    live = judged_run(definitions, batched(events, 100))
    past = judged_history(definitions, batched(events, size, partitions), tmp_path / "job")
    expected = plain(feature_reports(live))
    found = plain(feature_reports(past))
    assert found.keys() == expected.keys() and len(found) == 6 * 12
    for key, report in found.items():
        assert report == expected[key], key
    assert told(past) == told(live) and past.alerts


@pytest.mark.parametrize(("size", "partitions"), some([(100, 3), (20_000, 1)]))
def test_many_entities_are_sampled_alike(size: int, partitions: int, tmp_path: Path) -> None:
    """By the hash of the id alone; rows, nulls and violations cover all entities."""
    definitions, events = shop(tmp_path / "specs"), events_of(rng_of(5), 4, 1_000, users=600)
    live = judged_run(definitions, batched(events, 100), entities=200)
    past = judged_history(definitions, batched(events, size, partitions), tmp_path / "job", quality_entities=200)
    whole = feature_reports(judged_history(definitions, batched(events, 100), tmp_path / "whole"))
    found = feature_reports(past)
    assert plain(found) == plain(feature_reports(live))
    assert any(report.summary.mean != whole[key].summary.mean for key, report in found.items())
    for key, report in found.items():
        assert (report.summary.rows, report.summary.nulls) == (whole[key].summary.rows, whole[key].summary.nulls)
        assert [rule.violations for rule in report.rules] == [rule.violations for rule in whole[key].rules]


@pytest.mark.parametrize(("size", "partitions"), [(20_000, 1), (100, 3), (1, 1)])
def test_events_count_where_they_arrived(size: int, partitions: int, tmp_path: Path) -> None:
    """Every event counts at its publish time, also a refused one; an interval without events is also judged."""
    events = [one for one in events_of(rng_of(7), 8, 30) if not START + 2 * HOUR <= stamp(one) < START + 4 * HOUR]
    events[::7] = [{name: one[name] for name in one if name != "event_type"} for one in events[::7]]
    past = judged_history(shop(tmp_path / "specs"), batched(events, size, partitions), tmp_path / "job")
    found = {report.start_ms: report for report in of_sources(past)}
    assert sorted(found) == list(range(START, START + 8 * HOUR, HOUR))
    for start, report in found.items():
        mine = [one for one in events if start <= stamp(one) < start + HOUR]
        refused = sum("event_type" not in one for one in mine)
        assert (report.events, sum(report.rejects.values())) == (len(mine), refused)
        assert report.newest_ms == max(
            stamp(one) for one in events if stamp(one) < start + HOUR and "event_type" in one
        )
    assert found[START + 3 * HOUR].silent_ms > HOUR


def test_a_replay_that_was_stopped_tells_nothing_twice(tmp_path: Path) -> None:
    """Stopped after every few intervals, with separate epochs: all reports are sent, each once."""
    definitions, events = shop(tmp_path / "specs"), events_of(rng_of(9), 12, 60)
    whole = judged_history(definitions, batched(events, 50), tmp_path / "whole")
    left, stops = Left(definitions, runs=1), 0
    while not judged_in_pieces(definitions, batched(events, 50), tmp_path / "job", left):
        stops += 1
    assert stops > 2
    assert sorted(left.reports) == sorted(whole.reports) and set(told(left)) == set(told(whole))


def incidents_of(left: Left) -> list[Incident]:
    """Returns the incidents as last written."""
    writes = [item for item in left.live if isinstance(item, JsonFields) and item.key.endswith(incidents_key(""))]
    newest = {name: payload for item in writes for name, payload in item.fields.items()}
    return sorted((Incident.decode(payload) for payload in newest.values() if payload), key=lambda one: one.id)


def test_incidents_of_history_name_the_column_that_moved(tmp_path: Path) -> None:
    """They name the same column as those of the live graph over the same events, for any batches of history."""
    definitions, events = shop(tmp_path / "specs"), events_of(rng_of(3))
    live = incidents_of(judged_run(definitions, batched(events, 1 if SEEDS >= ALL_SEEDS else 50)))
    for size, partitions in some([(300, 2), (20_000, 1)]):
        batches = batched(events, size, partitions)
        past = incidents_of(judged_history(definitions, batches, tmp_path / f"job-{size}"))
        assert [incident.id for incident in past] == [incident.id for incident in live]
        drifts = [incident for incident in past if incident.kind == "drift"]
        assert past and all(incident.likely for incident in drifts)
        assert {incident.likely.split(" ")[0] for incident in drifts} <= {"mean", "share", "amount", "category"}
        assert [incident.likely for incident in past] == [incident.likely for incident in live]


def test_samples_of_history_do_not_depend_on_how_it_is_read(tmp_path: Path) -> None:
    definitions, events = shop(tmp_path / "specs"), events_of(rng_of(11), 3, 3_000)
    found = [
        {
            (report.start_ms, column.column): rounded(msgspec.to_builtins(column))
            for report in of_sources(judged_history(definitions, batched(events, size, parts), tmp_path / str(size)))
            for column in report.columns
        }
        for size, parts in ((20_000, 1), (700, 3))
    ]
    assert found[0] == found[1] and {name for _, name in found[0]} == {"amount", "category"}
    assert {column["events"] for column in found[0].values()} == {2_000}


def test_history_learns_nothing_while_a_source_refuses(tmp_path: Path) -> None:
    """Half of the events have another type for days: the reference stays that of before."""
    definitions, sound = shop(tmp_path / "specs"), [raised(event) for event in events_of(rng_of(13), 90, 300, 500)]
    broken = [
        {**event, "amount": "many"} if place % 2 and is_raised(event) else event for place, event in enumerate(sound)
    ]
    means = []
    for name, events in (("sound", sound), ("broken", broken)):
        left = judged_history(definitions, batched(events, 20_000), tmp_path / name)
        reference = feature_reports(left)["last", START + 89 * HOUR].reference
        assert reference is not None and reference.mean is not None
        means.append(reference.mean)
    assert means[0] > 16 and means[1] < 12


def is_raised(event: Event) -> bool:
    return stamp(event) >= START + 15 * HOUR


def raised(event: Event) -> Event:
    """Changes the country to one; raises amounts from the sixteenth hour on."""
    amount = 17.0 + stamp(event) % 5 if is_raised(event) else event["amount"]
    return {**event, "amount": amount, "category": "DE"}
