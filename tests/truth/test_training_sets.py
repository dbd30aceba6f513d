"""Tests training sets over topics: random definitions, late and future events, nulls, ties; each value by brute
force."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import fmean

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from connectors.embedded.topics import append
from dataflows.definitions import Definitions
from dataflows.history.datasets import training_set
from dataflows.history.datasets.table import ValueMode
from tests.support.generators import random_streams
from tests.support.generators.random_streams import named, stamp
from tests.support.generators.seeds import fresh_seed, rng_of, some
from tests.support.oracle.answered_history import AnsweredHistory
from tests.support.oracle.event_facts import Arrival
from tests.support.oracle.training_values import close, json_values, wrong_values

EVENTS, QUESTIONS, LAG_MS = 600, 400, 1_500
MAX_FUTURE_MS = 300_000
MODES: tuple[tuple[ValueMode, int], ...] = (("true", 0), ("known", LAG_MS))
SEEDS = some((None, 11, 12))


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
def test_every_value_of_a_training_set_is_that_of_brute_force(
    seed: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = rng_of(fresh_seed() if seed is None else seed)
    definitions = random_streams.definitions(rng, tmp_path / "specs")
    events, published = _published(rng, random_streams.stream(rng, EVENTS, 60_000))
    _publish(tmp_path / "var" / "topics", definitions, events, published)
    monkeypatch.setenv("HEADRACE_SPECS", str(tmp_path / "specs"))
    monkeypatch.setenv("HEADRACE_VAR", str(tmp_path / "var"))
    spine, history = _spine(rng, [stamp(event) for _, event in events]), _accepted(events, published)
    tables = dict[ValueMode, pa.Table]()
    for mode, lag in MODES:
        tables[mode] = training_set(
            spine, entity=definitions.entity_ids, time="time", mode=mode, lag=f"{lag}ms", as_="arrow"
        )
        made = pl.DataFrame(tables[mode])
        assert made.select(spine.columns).equals(spine)
        assert wrong_values(history, definitions, made, mode, lag) == []
    _expect_leakage(tables["known"], pl.DataFrame(tables["true"]), definitions)


def _accepted(events: Sequence[Arrival], published: Sequence[int]) -> AnsweredHistory:
    """Returns the history without the events that are too far in the future."""
    pairs = zip(events, published, strict=True)
    accepted = [(event, at_ms) for event, at_ms in pairs if stamp(event[1]) <= at_ms + MAX_FUTURE_MS]
    assert len(accepted) < len(events)
    return AnsweredHistory([event for event, _ in accepted], [at_ms for _, at_ms in accepted])


def _expect_leakage(known: pa.Table, true: pl.DataFrame, definitions: Definitions) -> None:
    """Checks the leakage report of a table by comparing both modes value by value."""
    reported = json.loads(known.schema.metadata[b"headrace"])["leakage"]
    assert {row["feature"] for row in reported} == {feature.feature_name for feature in definitions.features}
    assert any(row["differing"] for row in reported)
    for row in reported:
        values = json_values(true, row["feature"]), json_values(pl.DataFrame(known), row["feature"])
        apart = [pair for pair in zip(*values, strict=True) if not close(*pair)]
        steps = [abs(one - other) for one, other in apart if is_number(one) and is_number(other)]
        assert (row["rows"], row["differing"]) == (QUESTIONS, len(apart)), row
        measured = [row.get("mean_difference"), row.get("largest_difference")]
        assert measured == pytest.approx([fmean(steps), max(steps)] if steps else [None, None]), row


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _published(rng: np.random.Generator, stream: Sequence[Arrival]) -> tuple[list[Arrival], list[int]]:
    """Returns the events in the order of publishing, up to an hour behind their time, or ahead of it.

    Five minutes ahead is still accepted, a millisecond more is not.
    """
    ahead = [-MAX_FUTURE_MS - 1, -MAX_FUTURE_MS, -60_000]
    times = [stamp(event) + int(rng.choice([*ahead, 0, 1, 3_600_000])) for _, event in stream]
    order = np.argsort(times, kind="stable").tolist()
    return [stream[place] for place in order], [times[place] for place in order]


def _publish(root: Path, definitions: Definitions, events: Sequence[Arrival], published: Sequence[int]) -> None:
    topics = {source.name: source.topic for source in definitions.sources.values()}
    for (source, event), published_ms in zip(events, published, strict=True):
        append(root, topics[source], ["k"], random_streams.payloads([event]), partial(int, published_ms))


def _spine(rng: np.random.Generator, times: Sequence[int]) -> pl.DataFrame:
    """Returns questions at the times of events, 1 ms beside them, at boundaries and anywhere."""
    base = rng.choice(times, QUESTIONS)
    grid = rng.choice([1, 1_000, 60_000, 3_600_000], QUESTIONS)
    asked = base // grid * grid + rng.choice([-1, 0, 0, 1, 7_200_000], QUESTIONS)
    users = [None if number == 7 else named("u", int(number)) for number in rng.integers(0, 8, QUESTIONS)]
    items = [None if number == 6 else named("i", int(number)) for number in rng.integers(0, 7, QUESTIONS)]
    return pl.DataFrame({"user_id": users, "time": asked, "label": rng.random(QUESTIONS), "item_id": items})
