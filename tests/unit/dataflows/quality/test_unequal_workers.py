"""Tests workers with very different numbers of entities: their samples reduce to one share, as if one worker had
all."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dataflows.definitions.loader import Definitions
from dataflows.quality.profiling import EntitySample
from reports.alerting import RowProfiles
from reports.alerting.features.open_profiles import OpenProfiles
from reports.profiling import Profile, SampleLayers, summary_of
from reports.records import Summary
from tests.support.factories.definitions import by_hand
from tests.support.generators.seeds import fixed_seeds, rng_of

MOST = 400
FOREVER = {"source": "orders", "window": "lifetime", "aggregation": "last"}


@pytest.fixture
def definitions(tmp_path: Path) -> Definitions:
    rules = [{"rule": "range", "max": 100}, {"rule": "not_null"}]
    spend = {**FOREVER, "value": "amount", "value_type": "DOUBLE", "validation_rules": rules}
    return by_hand(tmp_path, spend=spend, land={**FOREVER, "value": "country", "value_type": "STRING"})


def people(prefix: str, many: int, mean: float, rng: np.random.Generator) -> pl.DataFrame:
    """Returns rows of entities, some without a value, some that break a rule."""
    spend = np.where(rng.random(many) < 0.1, np.nan, rng.normal(mean, 10, many))
    return pl.DataFrame({
        "_id": [f"{prefix}{number}" for number in range(many)],
        "_as_of": np.full(many, 5),
        "_warming": pl.Series([None] * many, dtype=pl.String),
        "land": rng.choice(["DE", "AT", "CH"], many),
        "spend": pl.Series(spend).fill_nan(None),
        "_broken:spend:0": spend > 100,
        "_broken:spend:1": np.isnan(spend),
    })  # fmt: skip


def held(definitions: Definitions, frames: Sequence[pl.DataFrame], rng: np.random.Generator) -> EntitySample:
    """Returns what a worker holds of entities that arrive in batches and in any order."""
    rows = EntitySample(definitions.features, MOST)
    whole = pl.concat(frames)
    order = rng.permutation(len(whole))
    for part in np.array_split(order, 7):
        rows.take(whole[part])
    return rows


def merged(workers: Sequence[EntitySample], definitions: Definitions, feature: str, stored: bool) -> Profile:
    """Merges the profile of a feature over some workers, as the judging step does."""
    (one,) = (known for known in definitions.features if known.feature_name == feature)
    empty = workers[0].profile(one)
    workers = [worker for worker in workers if len(worker.rows)]  # nothing is sent without rows
    profiles = OpenProfiles(lambda: Profile(empty.kind, len(empty.violations)))
    for number, worker in enumerate(workers):
        sent = RowProfiles(feature, {0: worker.profile(one)}, str(number), {0: worker.layers(one, 0)})
        profiles.put(0, (sent.home, 0), sent.by_start[0], SampleLayers.load(sent.layers[0].dump()))
    if stored:
        again = OpenProfiles(lambda: Profile(empty.kind, len(empty.violations)))
        again.load(profiles.dump())
        profiles = again
    return profiles.merged(0)


def told(profile: Profile) -> Summary:
    return summary_of(profile)


@pytest.mark.parametrize("seed", fixed_seeds(3))
@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize("few", [0, 3, 300, MOST])
def test_two_unequal_workers_equal_one(definitions: Definitions, few: int, stored: bool, seed: int) -> None:
    """Otherwise a worker whose few entities are all held would weigh many times their number."""
    rng = rng_of(seed)
    crowd, handful = people("u", 20_000, 50, rng), people("v", few, 90, rng)
    alone = held(definitions, [crowd, handful], rng)
    workers = [held(definitions, [some], rng) for some in (crowd, handful)]
    assert workers[0].level == alone.level > workers[1].level
    for feature in ("spend", "land"):
        ours, theirs = merged(workers, definitions, feature, stored), merged([alone], definitions, feature, stored)
        assert (ours.rows, ours.counts, ours.violations) == (20_000 + few, theirs.counts, theirs.violations)
        assert ours.sampled == theirs.sampled <= MOST
        assert told(ours).top == told(theirs).top and told(ours).distinct == told(theirs).distinct
        if feature == "spend":
            assert told(ours).mean == pytest.approx(told(theirs).mean, rel=1e-9)
            assert told(ours).curve == pytest.approx(told(theirs).curve, rel=1e-9)


@pytest.mark.parametrize("seed", fixed_seeds(3))
def test_workers_that_hold_all_are_not_thinned(definitions: Definitions, seed: int) -> None:
    rng = rng_of(seed)
    workers = [held(definitions, [people(name, 300, 50, rng)], rng) for name in "abc"]
    assert merged(workers, definitions, "spend", stored=False).sampled == 900


@pytest.mark.parametrize("seed", fixed_seeds(3))
def test_a_worker_whose_layers_do_not_reach_as_far_gives_its_last_one(definitions: Definitions, seed: int) -> None:
    rng = rng_of(seed)
    (spend,) = (one for one in definitions.features if one.feature_name == "spend")
    small = held(definitions, [people("u", 300, 50, rng)], rng)
    whole = small.profile(spend)
    thin = small.layers(spend, 0).thinned(60, whole)
    assert thin.rows == 300 and thin.sampled <= 3 and thin.violations == whole.violations
