"""Compares an answer with the expected value: integers exactly, floats within 1e-9 relative."""

from tests.support.oracle.aggregations import RELATIVE, Expected
from tests.support.oracle.declared_types import Value, number


def same(expected: Expected, actual: object, value_type: str) -> bool:
    """Returns whether `actual` is the expected value of that type: null is None, a TIMESTAMP ms, an array a list.

    >>> same(Expected(10.0), 10.0 + 1e-12, "DOUBLE")
    True
    >>> same(Expected(3), 4, "INT64")
    False
    """
    if value_type.startswith("ARRAY<") and expected.value is not None:
        return _same_list(expected.value, actual, value_type.removeprefix("ARRAY<").removesuffix(">"))
    return _same_scalar(expected, actual, value_type)


def _same_list(expected: Value, actual: object, item_type: str) -> bool:
    if not isinstance(expected, list) or not isinstance(actual, list) or len(expected) != len(actual):
        return False
    pairs = zip(expected, actual, strict=True)
    return all(_same_scalar(Expected(e), a, item_type) for e, a in pairs)


def _same_scalar(expected: Expected, actual: object, value_type: str) -> bool:
    value = expected.value
    if actual is None and expected.may_be_none:
        return True
    if value is None or actual is None or value_type in ("STRING", "BOOL"):
        return type(actual) is type(value) and actual == value
    if isinstance(actual, bool) or not isinstance(actual, int | float):
        return False
    if value_type not in ("FLOAT", "DOUBLE") and not isinstance(actual, int):
        return False
    exact = number(value)
    relative = RELATIVE * abs(exact) if isinstance(exact, float) else 0.0
    return abs(actual - exact) <= max(expected.slack, relative) * (1 + RELATIVE)
