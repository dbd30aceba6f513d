"""Builds a feature with its fingerprint from the checked parts of a file."""

from collections.abc import Mapping
from typing import Any

from dataflows.definitions import fingerprint
from dataflows.definitions.checks import AggregatedFeature
from dataflows.definitions.model.cases import Case
from dataflows.definitions.model.feature import Feature, FeatureMetadata, FeatureSpec
from dataflows.definitions.model.version_names import promoted_names
from dataflows.definitions.sql.versions import promoted
from dataflows.kernels.opcodes import ValueKind


def aggregated_feature(spec: FeatureSpec, value: AggregatedFeature, tests: tuple[Case, ...]) -> Feature:
    """Builds a feature that folds events of its source."""
    shape: dict[str, Any] = {"window_ms": spec.window or 0, "hop_ms": spec.hop_ms, "options": value.aggregation.options}
    keys = ("version", "value_type", "filter", "value", "aggregation")
    decides = {**{key: getattr(spec, key) for key in keys}, **shape}
    return Feature(
        **_metadata(spec),
        **shape,
        value_kind=value.aggregation.value_kind,
        reads=(),
        tests=tests,
        fingerprint=fingerprint.of_aggregated(decides, value.source, value.key),
    )


def derived_feature(spec: FeatureSpec, kind: ValueKind, inputs: Mapping[str, str], tests: tuple[Case, ...]) -> Feature:
    """Builds a feature over others, whose fingerprints are `inputs` in the order of `reads`.

    Its fingerprint is the one it has once the versions it reads are promoted, because its values stay the same.
    """
    expression, names = promoted(str(spec.expression), tuple(inputs)), promoted_names(tuple(inputs))
    decides = {"version": spec.version, "value_type": spec.value_type, "expression": expression}
    return Feature(
        **_metadata(spec),
        window_ms=0,
        hop_ms=0,
        options={},
        value_kind=kind,
        reads=tuple(inputs),
        tests=tests,
        fingerprint=fingerprint.of_derived(decides, {names.get(name, name): inputs[name] for name in inputs}),
    )


def _metadata(spec: FeatureSpec) -> dict[str, Any]:
    return {**{name: getattr(spec, name) for name in FeatureMetadata.model_fields}, "feature_name": spec.name}
