"""Checks the validation rules of a feature against its value type, its possible values, and each other."""

from collections.abc import Sequence

from dataflows.definitions.checks.features.value_ranges import least_of, range_of
from dataflows.definitions.checks.file_errors import FileErrors
from dataflows.definitions.checks.values import fits
from dataflows.definitions.model.feature import FeatureSpec
from dataflows.definitions.model.rules import AllowedValues, Length, Monotonic, Range, Rule
from dataflows.definitions.model.value_types import element_type
from dataflows.definitions.reading.yaml_document import QUOTE_IT

WHOLE = ("INT32", "INT64")


def check_rules(spec: FeatureSpec, errors: FileErrors) -> None:
    """Reports rules that do not fit the value type, that no or every value meets, or that contradict each other."""
    value_type, rules = spec.value_type, spec.validation_rules
    for position, rule in enumerate(rules):
        group = value_type if element_type(value_type) is None else "ARRAY"
        if group not in rule.applies_to:
            expected = f"a rule for {value_type}"
            hint = f"this one is for {', '.join(sorted(rule.applies_to))}"
            errors.add(("validation_rules", position, "rule"), expected, hint)
        elif isinstance(rule, AllowedValues):
            _check_values(spec, position, rule, errors)
        elif isinstance(rule, Range):
            _check_ranges(spec, position, rule, errors)
        elif isinstance(rule, Length):
            _check_lengths(position, rule, errors)
        _check_beside(spec, position, rules[:position], errors)


def _check_values(spec: FeatureSpec, position: int, rule: AllowedValues, errors: FileErrors) -> None:
    value_type = spec.value_type
    for place, value in enumerate(rule.values):
        path = ("validation_rules", position, "values", place)
        if not fits(value, value_type):
            hint = QUOTE_IT if value_type == "STRING" else None
            errors.add(path, f"a {value_type}", hint)
        elif value in rule.values[:place]:
            errors.add(path, "each value once", f"entry {rule.values.index(value) + 1} is the same")
    if value_type == "BOOL" and {True, False} <= set(rule.values):
        errors.add(
            ("validation_rules", position, "values"),
            "true or false alone",
            "every BOOL is one of the two, so the rule checks nothing",
        )


def _check_ranges(spec: FeatureSpec, position: int, rule: Range, errors: FileErrors) -> None:
    """Reports bounds that no value or every value of the type meets."""
    value_type, (lowest, highest) = spec.value_type, range_of(spec)
    least = least_of(spec)
    if rule.max is not None and rule.max < least:
        errors.add(("validation_rules", position, "max"), f"at least {least:.6g}", _never(spec))
    elif rule.min is not None and rule.min > highest:
        errors.add(("validation_rules", position, "min"), f"at most {highest:.6g}", _never(spec))
    elif value_type in WHOLE and rule.min is not None and rule.max is not None and rule.max // 1 < rule.min:
        errors.add(("validation_rules", position, "max"), f"a whole number from {rule.min} on", _never(spec))
    elif _below(rule.min, lowest) and _above(rule.max, highest):
        key = "max" if rule.min is None else "min"
        errors.add(("validation_rules", position, key), f"a bound that a value of {value_type} can break", None)


def _never(spec: FeatureSpec) -> str:
    aggregation = spec.aggregation
    return f"no {spec.value_type}{f' that {aggregation} gives' if aggregation else ''} is within"


def _below(bound: float | None, lowest: float) -> bool:
    return bound is None or bound <= lowest


def _above(bound: float | None, highest: float) -> bool:
    return bound is None or bound >= highest


def _check_lengths(position: int, rule: Length, errors: FileErrors) -> None:
    if rule.max is None and not rule.min:
        errors.add(("validation_rules", position, "min"), "at least 1 without a max", "no length is below 0")


def _check_beside(spec: FeatureSpec, position: int, earlier: Sequence[Rule], errors: FileErrors) -> None:
    """Reports a rule that repeats an earlier one or contradicts it."""
    rule = spec.validation_rules[position]
    for place, other in enumerate(earlier, 1):
        if rule.model_copy(update={"on_violation": other.on_violation}) == other:
            errors.add(("validation_rules", position, "rule"), "each rule once", f"rule {place} is the same")
            return
        if _excludes(rule, other):
            hint = f"no value can meet both this rule and rule {place}"
            errors.add(("validation_rules", position, "rule"), "rules that a value can meet together", hint)
            return


def _excludes(rule: Rule, other: Rule) -> bool:
    if isinstance(rule, Range) and isinstance(other, Range):
        return _apart(rule.min, rule.max, other.min, other.max)
    if isinstance(rule, Length) and isinstance(other, Length):
        return _apart(rule.min, rule.max, other.min, other.max)
    if isinstance(rule, AllowedValues) and not isinstance(other, AllowedValues):
        return _excludes(other, rule) if isinstance(other, Range | Length) else False
    if isinstance(rule, Range | Length | AllowedValues) and isinstance(other, AllowedValues):
        return not any(_holds(rule, value) for value in other.values)
    return isinstance(rule, Monotonic) and isinstance(other, Monotonic) and rule.direction != other.direction


def _holds(rule: Range | Length | AllowedValues, value: object) -> bool:
    if isinstance(rule, AllowedValues):
        return value in rule.values
    size = _size(rule, value)
    return size is None or not _apart(rule.min, rule.max, size, size)


def _size(rule: Range | Length, value: object) -> float | None:
    """Returns the size that a rule compares; None for a value that the rule ignores."""
    if isinstance(rule, Length):
        return len(value) if isinstance(value, str) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _apart(low: float | None, high: float | None, other_low: float | None, other_high: float | None) -> bool:
    """Returns whether two ranges are disjoint; None is no bound."""
    above = low is not None and other_high is not None and low > other_high
    below = high is not None and other_low is not None and high < other_low
    return above or below
