"""Resolves an aggregated feature: which events of a source it folds, over which window, and how."""

from collections.abc import Iterator
from dataclasses import dataclass

from dataflows.definitions.checks.expression import resolve_expression
from dataflows.definitions.checks.features.aggregation import ResolvedAggregation, resolve_aggregation
from dataflows.definitions.checks.file_errors import FileErrors
from dataflows.definitions.expressions import ExpressionError, column_names
from dataflows.definitions.model.durations import format
from dataflows.definitions.model.feature import FeatureSpec
from dataflows.definitions.model.hops import default_hop, hop_problem
from dataflows.definitions.model.source import SourceSpec
from dataflows.definitions.model.value_types import TYPE_NAMES
from dataflows.definitions.reading.drafts import Draft
from dataflows.kernels.opcodes import ValueKind


@dataclass(frozen=True, slots=True)
class AggregatedFeature:
    """Describes how a feature folds the events of a source; the column `key` holds the entity's id."""

    source: SourceSpec
    key: str
    aggregation: ResolvedAggregation


def resolve_aggregated(spec: FeatureSpec, source: SourceSpec | None, errors: FileErrors) -> AggregatedFeature | None:
    """Resolves how a feature folds; without a source its expressions are not checked."""
    for name in ("source", "aggregation", "window"):
        if getattr(spec, name) is None:
            errors.add(
                (name,), "a value", "a feature either aggregates a source or has an expression over other features"
            )
    _check_hop(spec, errors)
    key = _resolve_key(spec, source, errors) if source else None
    if source and spec.filter is not None:
        _check_filter(spec.filter, source, errors)
    aggregation = resolve_aggregation(spec, source, errors)
    return AggregatedFeature(source, key, aggregation) if source and key and aggregation else None


def doubted_keys(spec: FeatureSpec, draft: Draft[SourceSpec]) -> Iterator[str]:
    """Yields the keys of a feature whose mistakes may follow from mistakes in its source."""
    if {"entities", "columns"} & draft.doubted:
        yield "entity_id"
    for key, follows in (("filter", ()), ("value", ("value_type",))):
        if "columns" in draft.doubted or draft.unsure & _columns_read(getattr(spec, key) or ""):
            yield from (key, *follows)


def _columns_read(text: str) -> frozenset[str]:
    """Returns the columns in a text; none if it cannot be parsed, because its compilation reports that."""
    try:
        return frozenset(column_names(text))
    except ExpressionError:
        return frozenset()


def _check_hop(spec: FeatureSpec, errors: FileErrors) -> None:
    if spec.window == 0 and spec.hop is not None:
        errors.add(("hop",), "no hop with a lifetime window", "events never leave it")
    if not spec.window:
        return
    problem = hop_problem(spec.window, spec.hop_ms)
    if problem is not None:
        hint = f"the default would be {format(default_hop(spec.window))}" if spec.hop is not None else None
        errors.add(("window",) if spec.hop is None else ("hop",), problem, hint)


def _resolve_key(spec: FeatureSpec, source: SourceSpec, errors: FileErrors) -> str | None:
    if spec.entity_id not in source.entities:
        errors.add(("entity_id",), f"an entity of {source.source}: {' or '.join(source.entities)}")
    return source.entities.get(spec.entity_id)


def _check_filter(text: str, source: SourceSpec, errors: FileErrors) -> None:
    compiled = resolve_expression("filter", text, source.columns, errors)
    if compiled is not None and compiled.kind is not ValueKind.BOOL:
        errors.add(("filter",), "a boolean", f"it is {TYPE_NAMES[compiled.kind]}")
