"""Checked files -> features ready to use."""

from collections.abc import Mapping
from typing import Any

from dataflows.definitions import fingerprint
from dataflows.definitions.checks import Everything, case_of, compiled_value, hop_of, options_of, siblings
from dataflows.definitions.expressions import compile_expression
from dataflows.definitions.model.cases import Case
from dataflows.definitions.model.feature import Described, Feature, WrittenFeature


def folding_feature(written: WrittenFeature, everything: Everything) -> Feature:
    """A feature that folds events of its source."""
    source = everything.source_of(written)
    if source is None:
        raise AssertionError(f"{written.feature_name} passed the checks without its source")
    compiled = compiled_value(written, source)
    keys = ("version", "value_type", "filter", "value", "aggregation")
    decides = {
        **{key: getattr(written, key) for key in keys},
        "options": options_of(written),
        "window_ms": written.window or 0,
        "hop_ms": hop_of(written),
    }
    return Feature(
        **_described(written),
        window_ms=written.window or 0,
        hop_ms=hop_of(written),
        options=options_of(written),
        value_kind=compiled.kind if compiled else None,
        reads=(),
        tests=_cases(written, everything),
        fingerprint=fingerprint.of_folding(decides, source, written.entity_id),
    )


def derived_feature(written: WrittenFeature, everything: Everything, done: Mapping[str, Feature]) -> Feature:
    """A feature over others, all of which are done."""
    columns = siblings(written, everything.features)
    compiled = compile_expression(written.expression or "", columns)
    decides = {key: getattr(written, key) for key in ("version", "value_type", "expression")}
    inputs = {name: done[name].fingerprint for name in compiled.reads}
    return Feature(
        **_described(written),
        window_ms=0,
        hop_ms=0,
        options={},
        value_kind=compiled.kind,
        reads=compiled.reads,
        tests=_cases(written, everything),
        fingerprint=fingerprint.of_derived(decides, inputs),
    )


def _described(written: WrittenFeature) -> dict[str, Any]:
    return {name: getattr(written, name) for name in Described.model_fields}


def _cases(written: WrittenFeature, everything: Everything) -> tuple[Case, ...]:
    sources = everything.sources_of(written)
    return tuple(case_of(f"case {at}", case, written.value_type, sources) for at, case in enumerate(written.tests, 1))
