"""Tests that generated events fit their source and pass its filters."""

from pathlib import Path

import pytest

from connectors.messages import RawBatch
from dataflows.definitions import Definitions, load
from dataflows.ingest import Decoder
from governance.changes.costs.made_up_events import SPAN_MS, EventMaker
from tests.support.generators.random_definitions import definitions as random_definitions
from tests.support.generators.seeds import rng_of, seeds
from tests.support.paths import ROOT

NOW_MS = 1_800_000_000_000
COUNT = 500


def check_events(definitions: Definitions) -> None:
    for name in {feature.source for feature in definitions.features if feature.source}:
        source = definitions.sources[name]
        payloads = EventMaker(source, definitions, 1).payloads(COUNT, NOW_MS)
        events = Decoder(source)(RawBatch("memory", payloads, NOW_MS, NOW_MS, str))
        assert events.rejects == ()
        times = events.times.tolist()
        assert times == sorted(times)
        assert NOW_MS - SPAN_MS - 1_000 <= times[0] <= times[-1] <= NOW_MS
        assert len(times) == COUNT


def test_events_of_the_shipped_sources_are_taken() -> None:
    check_events(load(ROOT / "feature_specs"))


@pytest.mark.parametrize("seed", seeds())
def test_events_of_any_definitions_are_taken(seed: int, tmp_path: Path) -> None:
    check_events(random_definitions(rng_of(seed), tmp_path))


def test_texts_are_those_that_filters_ask_for() -> None:
    definitions = load(ROOT / "feature_specs")
    payloads = EventMaker(definitions.sources["orders"], definitions, 1).payloads(COUNT, NOW_MS)
    assert sum(b'"event_type":"payment_success"' in payload for payload in payloads) > COUNT / 10


def test_the_same_seed_makes_the_same_events() -> None:
    definitions = load(ROOT / "feature_specs")
    made = [EventMaker(definitions.sources["orders"], definitions, 3).payloads(9, NOW_MS) for _ in range(2)]
    assert made[0] == made[1]
