"""Tests a compared change: both sides equal brute force, and the reported figures are plain arithmetic on them."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dataflows.definitions.loader import Definitions, Feature
from dataflows.history import ActiveRowSelector, part_of
from governance.changes.comparison.report import Example, FeatureComparison
from tests.support.dataflow.compared_sides import Compared, compared
from tests.support.generators.changed_definitions import changed
from tests.support.generators.random_streams import stamp
from tests.support.generators.seeds import rng_of, seeds
from tests.support.oracle.brute_force import Oracle, windows
from tests.support.oracle.event_facts import Arrival
from tests.support.oracle.scenarios import World, newest, partitions, world, wrong

INTERVAL = 300_000
NUMBERS = ("INT32", "INT64", "FLOAT", "DOUBLE")
Moment = tuple[str, int]
"""An entity and a time (ms)."""


def accepted(definitions: Definitions, arrivals: Sequence[Arrival]) -> dict[str, list[Mapping[str, object]]]:
    """Returns the events that have what their source requires."""
    return {
        name: [e for of, e in arrivals if of == name and all(e.get(column) is not None for column in source.required)]
        for name, source in definitions.sources.items()
    }


def oracle_of(definitions: Definitions, names: Sequence[str], arrivals: Sequence[Arrival]) -> Oracle:
    """Returns brute force over some features and their inputs."""
    return Oracle(part_of(definitions, names), accepted(definitions, arrivals))


def moments(sides: Sequence[Oracle], entity_id: str, end: int, since: int) -> set[Moment]:
    """Returns moments after the last event of each interval that either side takes, and at the end for entities in a
    window."""
    expected = set[Moment]()
    for entity in {entity for side in sides for entity in side.entities(entity_id)}:
        times = {time for side in sides for time in taken(side, entity_id, entity)}
        lasts = {(time + 1) // INTERVAL: time + 1 for time in sorted(times)}
        expected |= {(entity, time) for time in lasts.values() if time > since}
        expected |= {(entity, end)} if in_a_window(sides, entity_id, entity, end) else set()
    return expected


def taken(side: Oracle, entity_id: str, entity: str) -> Iterator[int]:
    for feature in side.definitions.of_entity(entity_id):
        if feature.expression is None:
            yield from side._history(entity_id, entity).times(feature.feature_name)


def in_a_window(sides: Sequence[Oracle], entity_id: str, entity: str, end: int) -> bool:
    """Returns whether an entity is in a window: a tile leaves with the longest window of its hop, on either side."""
    features = [f for side in sides for f in side.definitions.of_entity(entity_id) if f.expression is None]
    for side in sides:
        for feature in side.definitions.of_entity(entity_id):
            times = [] if feature.expression else side._history(entity_id, entity).times(feature.feature_name)
            if times and not feature.window_ms:
                return True
            longest = max(windows(features, feature.hop_ms), default=0)
            if any((time // feature.hop_ms + 1) * feature.hop_ms + longest > end for time in times):
                return True
    return False


def assert_pairs(result: Compared, before: Oracle, after: Oracle, end: int, since: int) -> None:
    """Checks all moments, and both values at each."""
    for entity_id, pairs in result.pairs.items():
        points = [(entity, time) for entity, time in pairs.select("_id", "_as_of").iter_rows()] if len(pairs) else []
        assert len(set(points)) == len(points)
        assert set(points) == moments([before, after], entity_id, end, since), entity_id
        for prefix, side in (("before", before), ("after", after)):
            names = [column.removeprefix(f"{prefix}:") for column in pairs.columns if column.startswith(f"{prefix}:")]
            features = [f for f in side.definitions.of_entity(entity_id) if f.feature_name in names]
            plain = pairs.select(pl.col(f"{prefix}:{name}").alias(name) for name in names)
            for expected, row in zip(side.values_at(entity_id, points), plain.to_dicts(), strict=True):
                assert wrong(features, expected, row) == [], (prefix, entity_id)


def close(actual: float | None, expected: float) -> bool:
    return actual is not None and math.isclose(actual, expected, rel_tol=1e-9, abs_tol=1e-12)


def equal(old: Any, new: Any) -> bool:
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(equal, old, new))
    if isinstance(old, float) and isinstance(new, float):
        return abs(old - new) <= 1e-9 * max(abs(old), abs(new))
    return bool(old == new)


def assert_measured(report: FeatureComparison, feature: Feature, pairs: pl.DataFrame) -> None:
    """Checks the report against plain Python over the pairs of a feature."""
    assert (report.rows, report.entities) == (len(pairs), pairs["_id"].n_unique())
    name = feature.feature_name
    assert report.after.nulls == pairs[f"after:{name}"].null_count()
    if report.status == "changed":
        rows = list(pairs.select("_id", f"before:{name}", f"after:{name}").iter_rows())
        assert report.equal == sum(equal(old, new) for _, old, new in rows)
        assert report.before is not None
        assert report.before.nulls == pairs[f"before:{name}"].null_count()
        (assert_difference if feature.value_type in NUMBERS else assert_transitions)(report, rows)
    if feature.value_type in NUMBERS:
        assert_profile(report, pairs[f"after:{name}"].drop_nulls().cast(pl.Float64).to_numpy())


def assert_difference(report: FeatureComparison, rows: Sequence[tuple[str, Any, Any]]) -> None:
    both = [(entity, old, new) for entity, old, new in rows if old is not None and new is not None]
    assert (report.difference is None) == (not both)
    if report.difference is None:
        return
    apart = [0.0 if equal(old, new) else float(abs(new - old)) for _, old, new in both]
    signed = [0.0 if equal(old, new) else float(new - old) for _, old, new in both]
    assert report.difference.pairs == len(both)
    assert close(report.difference.mean, math.fsum(apart) / len(apart))
    assert close(report.difference.shift, math.fsum(signed) / len(signed))
    assert close(report.difference.largest, max(apart))
    assert close(report.difference.p99, float(np.quantile(np.array(apart), 0.99)))
    furthest: dict[str, float] = {}
    for (entity, _, _), distance in zip(both, apart, strict=True):
        furthest[entity] = max(furthest.get(entity, 0.0), distance)
    expected = sorted((distance for distance in furthest.values() if distance), reverse=True)[:5]
    assert [distance_of(example) for example in report.largest] == pytest.approx(expected, rel=1e-9)
    assert len({example.entity for example in report.largest}) == len(report.largest)


def distance_of(example: Example) -> float:
    before, after = example.before, example.after
    assert isinstance(before, int | float)
    assert isinstance(after, int | float)
    return float(abs(after - before))


def assert_transitions(report: FeatureComparison, rows: Sequence[tuple[str, Any, Any]]) -> None:
    turned = Counter((text(old), text(new)) for _, old, new in rows if not equal(old, new))
    assert (
        sorted((transition.count for transition in report.transitions), reverse=True)
        == sorted(turned.values(), reverse=True)[:10]
    )
    assert all(turned[transition.before, transition.after] == transition.count for transition in report.transitions)


def text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def assert_profile(report: FeatureComparison, numbers: np.ndarray) -> None:
    assert (report.after.mean is None) == (not len(numbers))
    if len(numbers):
        assert close(report.after.mean, math.fsum(numbers) / len(numbers))
        for name, share in (("min", 0), ("p5", 0.05), ("p50", 0.5), ("p99", 0.99), ("max", 1)):
            assert close(report.after.quantiles[name], float(np.quantile(numbers, share))), name


def changed_world(seed: int, folder: Path) -> tuple[World, Definitions]:
    """Returns a world and its changed definitions; a tenth of the features are new, as many are removed."""
    made, rng = world(seed, folder, rows=400, mean_rows=30), rng_of(seed + 1_000)
    return made, changed(rng, folder / f"specs-{seed}", folder / f"changed-{seed}")


@pytest.mark.long
@pytest.mark.parametrize("seed", seeds())
def test_both_sides_are_brute_force_and_so_is_the_report(tmp_path: Path, seed: int) -> None:
    made, after = changed_world(seed, tmp_path)
    before, since = without(made.definitions, seed), seed % 2 * int(np.median([stamp(e) for _, e in made.arrivals]))
    result = compared(before, after, partitions(made, 2), tmp_path, ActiveRowSelector(INTERVAL, since=since))
    names = [feature.name for feature in result.comparison.features]
    old = oracle_of(before, [feature.name for feature in result.comparison.features if feature.before], made.arrivals)
    new = oracle_of(after, names, made.arrivals)
    end = newest(made.arrivals) + 1
    assert_pairs(result, old, new, end, since)
    assert result.report.until_ms == end
    features = {feature.feature_name: feature for feature in after.features}
    assert {feature.status for feature in result.report.features} == {"changed", "new"}
    for report in result.report.features:
        feature = features[report.feature]
        assert_measured(report, feature, result.pairs[feature.entity_id])


def without(definitions: Definitions, seed: int) -> Definitions:
    """Removes one that no other reads, so that it is new afterwards."""
    read = {name for feature in definitions.features for name in feature.reads}
    free = [feature.feature_name for feature in definitions.features if feature.feature_name not in read]
    return part_of(
        definitions, [f.feature_name for f in definitions.features if f.feature_name != free[seed % len(free)]]
    )
