"""Resolves a derived feature: an expression over other features of the entity, evaluated on the row after the fold."""

from dataclasses import dataclass

from dataflows.aggregations import FAMILY
from dataflows.definitions.checks.catalog import SpecCatalog
from dataflows.definitions.checks.expression import check_value_type, resolve_expression, resolve_reads
from dataflows.definitions.checks.file_errors import FileErrors
from dataflows.definitions.model.feature import OPTION_NAMES, FeatureSpec
from dataflows.definitions.model.value_types import TYPE_NAMES
from dataflows.kernels.opcodes import ValueKind


@dataclass(frozen=True, slots=True)
class Derived:
    """The features that an expression reads, and its kind if known."""

    reads: tuple[str, ...]
    kind: ValueKind | None


def resolve_derived(spec: FeatureSpec, expression: str, catalog: SpecCatalog, errors: FileErrors) -> Derived | None:
    """Resolves how a feature derives from others; None if its expression cannot be parsed."""
    for key in (*spec.folding_keys, *(OPTION_NAMES & spec.extras.keys())):
        errors.add(
            (key,),
            f"no {key} together with an expression",
            "a feature either aggregates events or has an expression, not both",
        )
    reads = resolve_reads("expression", expression, errors)
    if reads is None:
        return None
    elsewhere = _check_entities(spec, reads, catalog, errors)
    if elsewhere or catalog.unread_features & set(reads) or spec.name in reads:
        return Derived(reads, None)
    return Derived(reads, _resolve_kind(spec, expression, catalog, errors))


def _check_entities(spec: FeatureSpec, reads: tuple[str, ...], catalog: SpecCatalog, errors: FileErrors) -> bool:
    """Reports features of other entities in an expression; returns whether there are any."""
    inputs = [catalog.features[name] for name in reads if name in catalog.features]
    elsewhere = [feature for feature in inputs if feature.entity_id != spec.entity_id]
    for feature in elsewhere:
        hint = f"{feature.name} belongs to {feature.entity_id}"
        errors.add(("expression",), f"features of {spec.entity_id}", hint)
    return bool(elsewhere)


def _resolve_kind(spec: FeatureSpec, expression: str, catalog: SpecCatalog, errors: FileErrors) -> ValueKind | None:
    compiled = resolve_expression("expression", expression, catalog.siblings(spec), errors)
    if compiled is None:
        return None
    check_value_type(spec, FAMILY[compiled.kind], "", f"the expression is {TYPE_NAMES[compiled.kind]}", errors)
    return compiled.kind
