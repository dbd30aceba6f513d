"""Lists the choices of a filter above a table, with the number of rows for each."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """One value of a filter, with the number of rows that have it."""

    value: str
    words: str
    count: int


def counted(values: Iterable[str]) -> list[FilterChoice]:
    """Returns a choice for each value, in alphabetical order.

    >>> [(choice.value, choice.count) for choice in counted(["b", "a", "b"])]
    [('a', 1), ('b', 2)]
    """
    return [FilterChoice(value, value, count) for value, count in sorted(Counter(values).items())]
