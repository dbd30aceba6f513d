"""Errors that explain why a text is not an expression of the language."""


class ExpressionError(ValueError):
    """A text is not an expression of the language over these columns."""

    def __init__(self, expected: str, hint: str | None = None) -> None:
        self.expected, self.hint = expected, hint
        super().__init__(f"expected {expected}" + (f"; {hint}" if hint else ""))


class TypeMismatch(ExpressionError):
    """Types do not fit together, or a part has no type."""

    def __init__(self, hint: str) -> None:
        super().__init__("types that fit together", hint)
