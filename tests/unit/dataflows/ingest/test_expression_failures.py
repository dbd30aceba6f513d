"""Tests values that failed to compute: counted once for every feature that reads them, and shown in its reports."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from bytewax.errors import BytewaxRuntimeError
from prometheus_client import REGISTRY

from dataflows.compiler.inputs import source_inputs
from dataflows.definitions.loader import Definitions
from dataflows.ingest.decoding.decoder import Decoder
from dataflows.ingest.projection import Projection
from dataflows.null_counts import NulledValues
from reports.null_counts import nulled
from reports.profiling.profile import Profile
from reports.records import FeatureReport
from reports.rendering.interval_page import Row
from tests.support.dataflow.in_memory_ports import raw_batch
from tests.support.dataflow.outputs import Left
from tests.support.dataflow.quality.closed_reports import INTERVAL_S, of_features
from tests.support.dataflow.runs import Crash, replayed
from tests.support.factories.definitions import by_hand
from tests.support.generators.random_streams import START
from tests.support.oracle.event_facts import Event

FOREVER = {"source": "orders", "window": "lifetime"}
SPECS: dict[str, dict[str, object]] = {
    "each": {**FOREVER, "aggregation": "sum", "value": "amount / quantity", "value_type": "DOUBLE"},
    "mean_each": {**FOREVER, "aggregation": "mean", "value": "amount / quantity", "value_type": "DOUBLE"},
    "views": {
        **FOREVER,
        "aggregation": "sum",
        "value": "amount / quantity",
        "value_type": "DOUBLE",
        "filter": "event_type = 'view'",
    },
    "many": {**FOREVER, "aggregation": "count", "value_type": "INT64", "filter": "quantity * quantity > 9"},
    "huge": {**FOREVER, "aggregation": "last", "value": "amount * 1e300", "value_type": "DOUBLE"},
    "fine": {**FOREVER, "aggregation": "sum", "value": "quantity", "value_type": "INT64"},
    "safe": {
        **FOREVER,
        "aggregation": "sum",
        "value": "CASE WHEN quantity <> 0 THEN amount / quantity END",
        "value_type": "DOUBLE",
    },
}
CELLS = [("view", 0, 1.0), ("pay", 0, 1.0), ("view", 2**62, 1e200), ("view", 1, 2.0), ("view", None, None)]
FAILED = {
    NulledValues("each", "division_by_zero", 2),
    NulledValues("mean_each", "division_by_zero", 2),
    NulledValues("views", "division_by_zero", 1),
    NulledValues("many", "overflow", 1),
    NulledValues("huge", "not_finite", 1),
}


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> Definitions:
    """Returns features that can fail, and some that cannot."""
    return by_hand(tmp_path_factory.mktemp("specs"), **SPECS)


def events(times: int = 1) -> list[Event]:
    """Returns each of the cells, repeated."""
    return [
        {"event_type": kind, "user_id": f"u{number}", "item_id": None, "quantity": quantity, "amount": amount}
        | {"timestamp": START + 1_000 * (again * len(CELLS) + number)}
        for again in range(times)
        for number, (kind, quantity, amount) in enumerate(CELLS)
    ]


def test_what_fails_is_counted_for_every_feature_that_asks_for_it(definitions: Definitions) -> None:
    before = {nulled: _metric(nulled) for nulled in FAILED}
    source, feed = definitions.sources["orders"], source_inputs(definitions.of_entity("user_id"))["orders"]
    evaluator = Projection(source, [feed], definitions.features)
    assert set(evaluator(Decoder(source)(raw_batch("7", events()))).nulled) == FAILED
    assert {nulled: _metric(nulled) - before[nulled] for nulled in FAILED} == {
        nulled: nulled.values for nulled in FAILED
    }


def test_events_of_no_entity_are_nobodys_failures(definitions: Definitions) -> None:
    source, feed = definitions.sources["orders"], source_inputs(definitions.of_entity("user_id"))["orders"]
    nobody = [{**event, "user_id": None, "item_id": "i"} for event in events()]
    evaluator = Projection(source, [feed], definitions.features)
    assert evaluator(Decoder(source)(raw_batch("7", nobody))).nulled == ()


@pytest.mark.long
def test_reports_tell_them_once_also_after_a_crash(definitions: Definitions, tmp_path: Path) -> None:
    beyond = {("fine", "overflow"): 1}  # u2's sum of 2**62, with its last row
    expected = {(nulled.feature, nulled.why): 9 * nulled.values for nulled in FAILED} | beyond
    assert _failure_counts(_judged(definitions)) == expected
    left, store = Left(definitions), tmp_path / "recovery"
    with pytest.raises(BytewaxRuntimeError, match="next_batch"):
        _judged(definitions, left=left, crash=Crash(7), recovery=store)
    assert _failure_counts(_judged(definitions, left=left, recovery=store)) == expected


def test_derived_features_count_theirs(tmp_path: Path) -> None:
    specs: dict[str, dict[str, object]] = {
        "fine": {**SPECS["fine"], "filter": "quantity < 10"},
        "paid": {**FOREVER, "aggregation": "sum", "value": "amount", "value_type": "DOUBLE"},
        "ratio": {"expression": "paid / fine", "value_type": "DOUBLE"},
    }
    assert _failure_counts(_judged(by_hand(tmp_path, **specs))) == {("ratio", "division_by_zero"): 3}


def test_profiles_keep_them_and_read_those_of_before() -> None:
    profile, other = Profile("number", 0), Profile("number", 0)
    profile.add_nulled({"overflow": 3})
    other.add_nulled({"overflow": 4, "cast": 1})
    profile.merge(Profile.load(other.dump()))
    assert profile.nulled == {"overflow": 7, "cast": 1}
    assert other.nulled == {"overflow": 4, "cast": 1}


def test_the_line_on_the_page() -> None:
    assert nulled({}) == ""
    assert nulled({"cast": 1}) == "1 value failed to compute: 1 cast"
    assert nulled({"division_by_zero": 2, "overflow": 10}).endswith("10 overflow, 2 division by zero")


def _judged(definitions: Definitions, **options: Any) -> Left:
    arrivals = {"orders": [[raw_batch("0", [event]) for event in events(9)]]}
    return replayed(definitions, arrivals, judged=True, interval_s=INTERVAL_S, **options)


def _metric(nulled: NulledValues) -> float:
    labels = {"feature": nulled.feature, "why": nulled.why}
    return REGISTRY.get_sample_value("headrace_expression_nulls_total", labels) or 0.0


def _failure_counts(left: Left) -> dict[tuple[str, str], int]:
    counts: Counter[tuple[str, str]] = Counter()
    for (name, _), report in of_features(left).items():
        counts.update({(name, why): values for why, values in report.nulled.items()})
        assert bool(report.nulled) == bool(Row(FeatureReport.decode(report.encode())).nulled)
    return dict(counts)
