"""Resolves the aggregation of a feature: its options and the kind of its values."""

from collections.abc import Mapping
from dataclasses import dataclass

from dataflows.aggregations import AGGREGATIONS, Option
from dataflows.definitions.checks.expression import check_value_type, resolve_expression
from dataflows.definitions.checks.file_errors import FileErrors
from dataflows.definitions.model.feature import OPTION_NAMES, FeatureSpec
from dataflows.definitions.model.source import SourceSpec
from dataflows.definitions.model.value_types import TYPE_NAMES
from dataflows.expectations import did_you_mean
from dataflows.kernels.opcodes import ValueKind

Options = dict[str, int | float]


@dataclass(frozen=True, slots=True)
class ResolvedAggregation:
    """An aggregation with complete `options`; `value_kind` is None where only events are counted."""

    options: Options
    value_kind: ValueKind | None


def resolve_aggregation(spec: FeatureSpec, source: SourceSpec | None, errors: FileErrors) -> ResolvedAggregation | None:
    """Resolves the aggregation of a feature; without a source its value is not checked."""
    name = spec.aggregation
    if name is None:
        return None
    if name not in AGGREGATIONS:
        _refuse(name, spec, source, errors)
        return None
    options = _resolve_options(name, spec.extras, errors)
    return ResolvedAggregation(options, _resolve_value(name, spec, source, errors))


def _refuse(name: str, spec: FeatureSpec, source: SourceSpec | None, errors: FileErrors) -> None:
    """Reports an unknown aggregation, and mistakes of the value that hold for every aggregation."""
    hint = did_you_mean(name, AGGREGATIONS) or f"available: {', '.join(AGGREGATIONS)}"
    errors.add(("aggregation",), "an aggregation", hint)
    if source and spec.value is not None:
        resolve_expression("value", spec.value, source.columns, errors)


def _resolve_options(name: str, spec_options: Mapping[str, object], errors: FileErrors) -> Options:
    """Returns the options of an aggregation, as given or by default."""
    options = AGGREGATIONS[name].options
    for key in spec_options:
        if key in OPTION_NAMES and key not in options:
            takes = f"{name} has {', '.join(options) or 'no options'}"
            errors.add((key,), f"no option {key} for {name}", takes)
    resolved = {
        key: _resolve_option(name, key, spec_options.get(key, option.default), errors)
        for key, option in options.items()
    }
    return {key: value for key, value in resolved.items() if value is not None}


def _resolve_option(name: str, key: str, value: object, errors: FileErrors) -> int | float | None:
    option = AGGREGATIONS[name].options[key]
    if value is None:
        errors.add((key,), f"{_expectation(option)}, which {name} needs", "it is missing")
    elif isinstance(value, bool) or not isinstance(value, int | float) or not _fits(value, option):
        errors.add((key,), _expectation(option))
    else:
        return int(value) if option.whole else float(value)
    return None


def _expectation(option: Option) -> str:
    number = "a whole number" if option.whole else "a number"
    return f"{number} from {option.low:g} to {option.high:g}"


def _fits(value: float, option: Option) -> bool:
    return (isinstance(value, int) or not option.whole) and option.low <= value <= option.high


def _resolve_value(name: str, spec: FeatureSpec, source: SourceSpec | None, errors: FileErrors) -> ValueKind | None:
    """Returns the kind of the values; None if there are none, or none that can be folded."""
    if spec.value is None:
        _check_without_value(name, spec, errors)
        return None
    compiled = resolve_expression("value", spec.value, source.columns, errors) if source else None
    if compiled is None:
        return None
    aggregation, type_name = AGGREGATIONS[name], TYPE_NAMES[compiled.kind]
    if compiled.kind not in aggregation.takes:
        kinds = " or ".join(sorted(TYPE_NAMES[kind] for kind in aggregation.takes))
        errors.add(("value",), f"{kinds} for {name} to aggregate", f"it is {type_name}")
    else:
        check_value_type(spec, aggregation.gives(compiled.kind), f", which {name} of {type_name} gives", None, errors)
    return compiled.kind


def _check_without_value(name: str, spec: FeatureSpec, errors: FileErrors) -> None:
    if AGGREGATIONS[name].value_optional:
        check_value_type(spec, AGGREGATIONS[name].gives(ValueKind.INT), f", which {name} gives", None, errors)
    else:
        errors.add(("value",), f"a value for {name} to aggregate", "it is missing")
