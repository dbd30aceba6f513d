"""Computes the values of features for an entity without events."""

from collections.abc import Mapping, Sequence

import polars as pl

from dataflows.definition_tests import EMPTY
from dataflows.definitions import Feature, compile_expression, polars_type
from dataflows.rows import fitted_series, topological_order


def empty_values(features: Sequence[Feature]) -> pl.DataFrame:
    """Returns one row with the value of each feature; the inputs of derived features must be among them."""
    types = {feature.feature_name: feature.value_type for feature in features}
    aggregated = [feature for feature in features if feature.expression is None]
    row = pl.DataFrame(
        [_series(feature.feature_name, EMPTY.get(str(feature.aggregation)), types) for feature in aggregated]
    )
    for feature in topological_order([feature for feature in features if feature.expression is not None]):
        expression = compile_expression(str(feature.expression), types).expr
        derived = row.select(expression.alias(feature.feature_name)).to_series()
        row = row.with_columns(
            pl.Series(feature.feature_name, fitted_series(derived, feature.value_type).values).cast(
                polars_type(feature.value_type)
            )
        )
    return row


def _series(name: str, value: object, types: Mapping[str, str]) -> pl.Series:
    return pl.Series(name, [value], polars_type(types[name]))
