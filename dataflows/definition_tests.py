"""Runs the `tests:` of definitions through the real decoder, projection, kernels and rows, without a broker."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Any

import msgspec

from connectors.messages import RawBatch
from dataflows.compiler import TileLayouts, source_inputs
from dataflows.definitions import EXACT, Case, Definitions, Feature
from dataflows.ingest import Decoder, Partitioner, Projection, ShardBatch
from dataflows.kernels.offsets import ALWAYS
from dataflows.rows import RowAssembler
from dataflows.windows import WallClock, WindowOperator

EMPTY: dict[str, object] = {"count": 0, "sum": 0, "distinct_count": 0, "approx_distinct": 0, "last_k": []}
"""Values of aggregations over no events, where they are not null."""
_SHARD = "0"


@dataclass(frozen=True, slots=True)
class SpecTestResult:
    """The result of one case of one feature; `detail` describes the differences, empty if it passed."""

    feature: str
    case: str
    passed: bool
    detail: str


def run(definitions: Definitions, names: Collection[str] = ()) -> list[SpecTestResult]:
    """Runs all cases of all features, or of the named features, in the order of feature names."""
    features = [feature for feature in definitions.features if not names or feature.feature_name in names]
    return [result_of(feature, case, definitions) for feature in features for case in feature.tests]


def result_of(feature: Feature, case: Case, definitions: Definitions) -> SpecTestResult:
    """Runs one case of a feature and compares its values with the expected ones."""
    needed = with_needs(feature, definitions)
    try:
        actual = _values(feature, needed, case, definitions)
    except InvalidCase as bad:
        return SpecTestResult(feature.feature_name, case.name, False, str(bad))
    differences = [
        f"{entity}: expected {expected!r}, got {actual.get(entity, _empty(feature))!r}"
        for entity, expected in case.expect.items()
        if not same(expected, actual.get(entity, _empty(feature)), case.within)
    ]
    return SpecTestResult(feature.feature_name, case.name, not differences, "; ".join(differences))


def value_at(feature: Feature, case: Case, definitions: Definitions) -> dict[str, Any]:
    """Returns the value of a feature by entity at the time of a case. Raises InvalidCase."""
    return _values(feature, with_needs(feature, definitions), case, definitions)


class InvalidCase(ValueError):
    """An event of a case would be rejected by its source."""


def with_needs(feature: Feature, definitions: Definitions) -> tuple[Feature, ...]:
    """Returns a feature and all features it is derived from, ordered by name."""
    by_name = {defined.feature_name: defined for defined in definitions.features}
    needed, waiting = {feature.feature_name: feature}, [feature]
    while waiting:
        for name in waiting.pop().reads:
            if name in by_name and name not in needed:
                needed[name] = by_name[name]
                waiting.append(by_name[name])
    return tuple(needed[name] for name in sorted(needed))


def same(expected: object, actual: object, relative: float) -> bool:
    """Compares two values: numbers within a relative tolerance, integers exactly unless it was asked for.

    An expected 0 does not equal null, and null does not equal 0.
    """
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(
            same(expected_item, actual_item, relative)
            for expected_item, actual_item in zip(expected, actual, strict=True)
        )
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, int) and isinstance(actual, int) and relative <= EXACT:
        return expected == actual
    if isinstance(expected, int | float) and isinstance(actual, int | float):
        return isclose(expected, actual, rel_tol=relative, abs_tol=1e-12)
    return expected == actual


def _values(feature: Feature, needed: Sequence[Feature], case: Case, definitions: Definitions) -> dict[str, Any]:
    """Computes the feature's value per entity at the time of the case."""
    windows = WindowOperator(
        feature.entity_id, TileLayouts(needed), lambda marks: WallClock(lambda: ALWAYS, marks), 0, 0
    )
    logic = windows(None)
    for item in _batches(needed, case, definitions):
        logic.on_batch([item])
    frames = [rows.frame for _, rows in RowAssembler(needed, 1)([(_SHARD, rows) for rows in logic.rows_at(case.at)])]
    return {entity: value for frame in frames for entity, value in frame.select("_id", feature.feature_name).rows()}


def _batches(needed: Sequence[Feature], case: Case, definitions: Definitions) -> Iterator[ShardBatch]:
    """Yields the events of a case that happened before its time, one source after another."""
    for name, feed in source_inputs(needed).items():
        source = definitions.sources[name]
        payloads = [msgspec.json.encode(event) for of, event in case.events if of == name]
        raw = RawBatch("test", payloads, case.at, case.at, str)
        events = Decoder(source)(raw)
        for reject in events.rejects:
            if reject.reason != "future":
                raise InvalidCase(
                    f"event {reject.row + 1} of {name} would be rejected: {reject.reason}, {reject.detail}"
                )
        evaluator = Projection(source, [feed])
        router = Partitioner(source.entities[needed[0].entity_id], feed, evaluator, 1, everywhere=True)
        yield from (item for _, item in router(evaluator(events.before(case.at))))


def _empty(feature: Feature) -> object:
    return EMPTY.get(str(feature.aggregation))
