"""Tests a training set of all shipped features over the demo shop: 17,000 rows, some of them checked by brute force."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest

from connectors.demo.faults import Faults
from connectors.demo.traffic import Generator, Traffic
from connectors.embedded.topics import append
from dataflows.definitions import Feature, load
from dataflows.history import part_of
from dataflows.history.datasets import training_set
from tests.support.factories.datasets import DAY, NOON
from tests.support.generators.seeds import fresh_seed, rng_of
from tests.support.oracle.answered_history import AnsweredHistory
from tests.support.oracle.event_facts import Arrival, Event
from tests.support.oracle.training_values import wrong_values
from tests.support.paths import ROOT

pytestmark = pytest.mark.long

EVENTS, ROWS, CHECKED = 8_000, 17_000, 150
ONLY_DUPLICATES = Faults(late=0, duplicate=0.01, future=0, cut=0, wrong_type=0, no_time=0)


def test_shipped_features_equal_brute_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = rng_of(fresh_seed())
    events = _published(tmp_path / "topics", int(rng.integers(99)))
    monkeypatch.setenv("HEADRACE_SPECS", str(ROOT / "feature_specs"))
    monkeypatch.setenv("HEADRACE_VAR", str(tmp_path))
    spine = _spine(rng, [events[place][1] for place in rng.integers(0, len(events), ROWS)])
    made = training_set(spine, entity=["user_id", "item_id"], time="time")
    definitions = load(ROOT / "feature_specs")
    fraud = training_set(spine, time="time", set="fraud_v1")
    assert fraud.equals(made.select(*spine.columns, *definitions.feature_set("fraud_v1").names))
    assert made.shape == (ROWS, 3 + len(definitions.features))
    definitions = part_of(definitions, [feature.feature_name for feature in definitions.features if _is_told(feature)])
    history = AnsweredHistory(events, [NOON] * len(events))
    checked = made[rng.choice(ROWS, CHECKED, replace=False).tolist()]
    assert wrong_values(history, definitions, checked) == []


def _published(root: Path, seed: int) -> list[Arrival]:
    """Publishes the traffic of forty days to the topics of a folder; returns the events."""
    traffic = Traffic(seed=seed, history_ms=40 * DAY, history_events=EVENTS, faults=ONLY_DUPLICATES)
    events = list[Arrival]()
    for topic, sent in Generator(traffic).history(NOON):
        append(root, topic, sent.keys, sent.payloads, lambda: NOON)
        source = "orders" if topic == traffic.order_topic else "logins"
        events += [(source, msgspec.json.decode(payload)) for payload in sent.payloads]
    return events


def _spine(rng: np.random.Generator, drawn: Sequence[Event]) -> pl.DataFrame:
    """Returns a spine of the entities of events, at random times of the history and the day after it."""
    return pl.DataFrame(
        {
            "user_id": [event.get("user_id") for event in drawn],
            "item_id": [event.get("item_id") for event in drawn],
            "time": NOON - 40 * DAY + rng.integers(0, 41 * DAY, len(drawn)),
        },
        schema={"user_id": pl.String, "item_id": pl.String, "time": pl.Int64},
    )


def _is_told(feature: Feature) -> bool:
    """Returns whether DuckDB can check it: it has no cast of integers to timestamps."""
    return "AS TIMESTAMP" not in (feature.value or "")
