"""Tests which raw column moved most, from samples of events."""

import polars as pl
import pytest

from reports.alerting.event_sample import HASH, MOST_EVENTS, EventSample
from reports.alerting.sources.source_columns import column_profiles, most_moved
from reports.records import ColumnProfile
from tests.support.generators.seeds import rng_of, seeds


def profiles(seed: int, events: int = 1_000, **changed: pl.Series) -> tuple[ColumnProfile, ...]:
    rng = rng_of(seed)
    columns = {
        "amount": pl.Series(rng.lognormal(3, 1, events)),
        "country": pl.Series(rng.choice(["DE", "AT", "CH"], events, p=[0.7, 0.2, 0.1])),
        "gift": pl.Series(rng.random(events) < 0.1),
        "email": pl.Series([f"user{number}@example.com" for number in range(events)]),
    }
    hashes = pl.Series(HASH, rng.integers(0, 2**63, events).astype("uint64"))
    return column_profiles(EventSample(pl.DataFrame({**columns, **changed}).with_columns(hashes)))


@pytest.mark.parametrize("seed", seeds(5))
def test_chance_moves_nothing(seed: int) -> None:
    assert most_moved(profiles(seed), profiles(seed + 100)) is None


def test_what_changed_is_named_with_now_and_usual() -> None:
    rng, before = rng_of(1), profiles(2)
    drawn = pl.Series(rng.lognormal(3, 1, 1_000))
    cases = {
        "mean of amount": profiles(3, amount=drawn * 3),
        "amount without a value": profiles(4, amount=pl.Series([None] * 200 + drawn.to_list()[200:])),
        "share of gift true": profiles(5, gift=pl.Series(rng.random(1_000) < 0.5)),
        "share of country XX": profiles(6, country=pl.Series(["XX"] * 290 + ["DE"] * 500 + ["AT"] * 140 + ["CH"] * 70)),
        "share of country DE": profiles(7, country=pl.Series(["DE"] * 100 + ["AT"] * 800 + ["CH"] * 100)),
    }
    moves = {what: most_moved(now, before) for what, now in cases.items()}
    columns = {what: move.column for what, move in moves.items() if move is not None}
    assert columns.keys() == cases.keys() and all(column in what for what, column in columns.items())
    new = moves["share of country XX"]
    assert new is not None and new.sentence == "share of country XX, not seen before, 29 %"


def test_texts_that_few_events_have_are_not_kept() -> None:
    assert [column.top for column in profiles(8) if column.column == "email"] == [()]


def test_a_sample_is_bounded_and_the_same_in_any_order() -> None:
    rng = rng_of(9)
    hashes = rng.permutation(10_000).astype("uint64")
    parts = [EventSample(pl.DataFrame({"a": hashes[at::4], HASH: hashes[at::4]})) for at in range(4)]
    one, other = parts[0] + parts[1] + parts[2] + parts[3], parts[3] + (parts[2] + (parts[1] + parts[0]))
    assert one.rows.height == MOST_EVENTS
    assert sorted(one.rows[HASH].to_list()) == sorted(other.rows[HASH].to_list()) == list(range(MOST_EVENTS))
