"""The validation rules of a feature against its value type."""

from collections.abc import Iterator

from dataflows.case_checks import fits
from dataflows.column_types import element_type
from dataflows.definition_errors import DefinitionError
from dataflows.folding import FoundFeature
from dataflows.rule_specs import AllowedValues
from dataflows.strict_yaml import QUOTE_IT


def rule_errors(found: FoundFeature) -> Iterator[DefinitionError]:
    """Rules that do not fit the type of the values."""
    value_type = found.written.value_type
    for at, rule in enumerate(found.written.validation_rules):
        group = value_type if element_type(value_type) is None else "ARRAY"
        if group not in rule.applies_to:
            expected = f"a rule for {value_type}"
            hint = f"this one is for {', '.join(sorted(rule.applies_to))}"
            yield found.error(("validation_rules", at, "rule"), expected, hint)
        elif isinstance(rule, AllowedValues):
            yield from _value_errors(found, at, rule)


def _value_errors(found: FoundFeature, at: int, rule: AllowedValues) -> Iterator[DefinitionError]:
    value_type = found.written.value_type
    for place, value in enumerate(rule.values):
        if not fits(value, value_type):
            hint = QUOTE_IT if value_type == "STRING" else None
            yield found.error(("validation_rules", at, "values", place), f"a {value_type}", hint)
