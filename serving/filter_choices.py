"""What can be chosen of a filter above a table: values with how many rows each leaves."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter, with the number of rows that have it."""

    value: str
    words: str
    many: int


def counted(values: Iterable[str]) -> list[Choice]:
    """A choice for each value, in the order of the alphabet.

    >>> [(choice.value, choice.many) for choice in counted(["b", "a", "b"])]
    [('a', 1), ('b', 2)]
    """
    return [Choice(value, value, many) for value, many in sorted(Counter(values).items())]
