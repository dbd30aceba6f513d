"""An expression in a definition, compiled once, and the value types that can hold what it gives."""

from collections.abc import Collection, Mapping

from dataflows.definitions.checks.file_errors import FileErrors
from dataflows.definitions.expressions import Compiled, ExpressionError, column_names, compile_expression
from dataflows.definitions.model.feature import FeatureSpec


def resolve_expression(key: str, text: str, columns: Mapping[str, str], errors: FileErrors) -> Compiled | None:
    """The expression of a key, compiled over columns (name -> column or value type)."""
    try:
        return compile_expression(text, columns)
    except ExpressionError as error:
        errors.add((key,), error.expected, error.hint)
        return None


def resolve_reads(key: str, text: str, errors: FileErrors) -> tuple[str, ...] | None:
    """The columns that the expression of a key reads."""
    try:
        return column_names(text)
    except ExpressionError as error:
        errors.add((key,), error.expected, error.hint)
        return None


def check_value_type(spec: FeatureSpec, gives: Collection[str], by: str, hint: str | None, errors: FileErrors) -> None:
    """The value type of a feature is one of those that its calculation gives."""
    if spec.value_type not in gives:
        errors.add(("value_type",), f"{' or '.join(sorted(gives))}{by}", hint)
