"""Measures the pairs of a feature for the report."""

from typing import Any

from governance.changes.comparison.measures.feature_pairs import FeaturePairs
from governance.changes.comparison.measures.number_differences import differences
from governance.changes.comparison.measures.profiles import profiles_of
from governance.changes.comparison.measures.spread import spread_of
from governance.changes.comparison.measures.text_differences import transitions
from governance.changes.comparison.pair_files import AFTER, BEFORE, Pairs
from governance.changes.comparison.report import FeatureComparison, Status
from governance.changes.comparison.sides import ComparedFeature


def measured(pairs: Pairs, feature: ComparedFeature, rows: int, entities: int) -> FeatureComparison:
    """Returns the comparison of one feature; `rows` and `entities` are those of the pairs."""
    own = FeaturePairs(pairs, feature)
    profiles = profiles_of(own)
    measures: dict[str, Any] = {"bars": spread_of(own) if own.are_numbers else None}
    if feature.before is not None:
        measures |= {"type_before": own.type_of(BEFORE), "before": profiles[BEFORE]}
        measures |= _numbers(own) if own.are_numbers else _texts(own)
    return FeatureComparison(
        feature=feature.name,
        entity_type=feature.after.entity_type,
        status=_status(feature),
        value_type=own.type_of(AFTER),
        rows=rows,
        entities=entities,
        after=profiles[AFTER],
        notes=(feature.note,) if feature.note else (),
        **measures,
    )


def _numbers(pairs: FeaturePairs) -> dict[str, Any]:
    differing, difference = differences(pairs)
    return {"equal": differing.equal, "difference": difference, "largest": differing.largest}


def _texts(pairs: FeaturePairs) -> dict[str, Any]:
    equal, most, exact = transitions(pairs)
    return {"equal": equal, "transitions": most, "counted": exact}


def _status(feature: ComparedFeature) -> Status:
    if feature.before is not None:
        return "changed"
    return "new" if feature.is_new else "unmatched"
