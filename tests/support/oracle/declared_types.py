"""Values in the types that features declare."""

import math

Scalar = bool | int | float | str | None
Value = Scalar | list[Scalar]
INFINITE = 2.0**128 - 2.0**103
"""Numbers from here on are infinite as a FLOAT."""


def number(value: object) -> float:
    """Returns the value as an int or float; raises TypeError if it is neither (bool counts as neither)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"expected a number, got {value!r}")
    return value


def as_type(value: Value, value_type: str) -> Value:
    """Returns the value in its declared type, None if that cannot hold it; cuts seconds to whole ones for integers.

    A list is None as a whole if one of its values does not fit.
    """
    if isinstance(value, list):
        inner = value_type.removeprefix("ARRAY<").removesuffix(">")
        items = [_as_scalar(item, inner) for item in value]
        return None if None in items else items
    return _as_scalar(value, value_type)


def _as_scalar(value: Scalar, value_type: str) -> Scalar:
    if value is None:
        return None
    if value_type in ("INT32", "INT64"):
        bits, whole_number = int(value_type[3:]), math.floor(number(value))
        return whole_number if -(2 ** (bits - 1)) <= whole_number < 2 ** (bits - 1) else None
    if value_type in ("FLOAT", "DOUBLE"):
        real = float(number(value))
        return real if abs(real) < (INFINITE if value_type == "FLOAT" else math.inf) else None
    return value
