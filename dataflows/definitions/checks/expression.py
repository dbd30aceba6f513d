"""Compiles an expression of a definition, and checks that its value type can hold the result."""

from collections.abc import Collection, Mapping

from dataflows.definitions.checks.file_errors import FileErrors
from dataflows.definitions.expressions import Compiled, ExpressionError, column_names, compile_expression
from dataflows.definitions.model.feature import FeatureSpec


def resolve_expression(key: str, text: str, columns: Mapping[str, str], errors: FileErrors) -> Compiled | None:
    """Compiles the expression of a key over columns (name -> column or value type); None with an error."""
    try:
        return compile_expression(text, columns)
    except ExpressionError as error:
        errors.add((key,), error.expected, error.hint)
        return None


def resolve_reads(key: str, text: str, errors: FileErrors) -> tuple[str, ...] | None:
    """Returns the columns that the expression of a key reads; None with an error."""
    try:
        return column_names(text)
    except ExpressionError as error:
        errors.add((key,), error.expected, error.hint)
        return None


def check_value_type(spec: FeatureSpec, gives: Collection[str], by: str, hint: str | None, errors: FileErrors) -> None:
    """Checks that the value type of a feature is one that its calculation gives."""
    if spec.value_type not in gives:
        errors.add(("value_type",), f"{' or '.join(sorted(gives))}{by}", hint)
