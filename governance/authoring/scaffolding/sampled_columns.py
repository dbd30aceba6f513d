"""Infers the type of a column from a field's values in a sample, or the reason why there is none."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from dataflows.definitions.model.fields import NAME_MOST
from governance.authoring.scaffolding.sampled_times import is_instant

INT64 = 2**63
_NAME = re.compile(rf"[A-Za-z][A-Za-z0-9_]{{0,{NAME_MOST - 1}}}")
_KINDS = {bool: "truth values", int: "whole numbers", float: "numbers with a point", str: "texts"}
_KINDS |= {dict: "objects", list: "lists"}


def column_type(name: str, values: Sequence[Any]) -> str | None:
    """Returns the narrowest type of a column that holds all values of a field; None if there is none."""
    return _type([value for value in values if value is not None]) if _NAME.fullmatch(name) else None


def why_left_out(name: str, values: Iterable[Any]) -> str:
    """Words why no column can hold a field."""
    if not _NAME.fullmatch(name):
        return "a column has letters, digits and _ in its name, a letter first"
    kinds = list(dict.fromkeys(_KINDS[type(value)] for value in values if value is not None))
    if not kinds:
        return "always null, so its type is unknown"
    if kinds == [_KINDS[int]]:
        return "whole numbers beyond 64 bits"
    if len(kinds) > 1:
        return f"{', '.join(kinds[:-1])} and {kinds[-1]}, where a column has one type"
    return f"{kinds[0]}; send what features need of them as fields of their own"


def _type(values: Sequence[Any]) -> str | None:
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return "BOOL"
    if kinds == {int} and all(-INT64 <= value < INT64 for value in values):
        return "INT64"
    if float in kinds and kinds <= {int, float}:
        return "DOUBLE"
    if kinds == {str}:
        return "TIMESTAMP" if all(is_instant(values)) else "STRING"
    return None
