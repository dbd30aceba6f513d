"""Errors of pydantic models, in the words of the project."""

from collections.abc import Iterable
from difflib import get_close_matches

from pydantic_core import PydanticCustomError

EXPECTED = "expected"


def expected(expectation: str, hint: str = "") -> PydanticCustomError:
    """An error of a field, in the words of DefinitionError."""
    return PydanticCustomError(EXPECTED, "expected {expected}", {"expected": expectation, "hint": hint})


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A hint that names what was probably meant, or the choices when they are few.

    >>> did_you_mean("amout", ["amount", "country"])
    'did you mean amount?'
    """
    choices = sorted(known)
    few = f"available: {', '.join(choices)}" if 0 < len(choices) <= 12 else None
    return close_to(name, choices) or few


def close_to(name: str, known: Iterable[str]) -> str | None:
    """A hint that names what was probably meant."""
    by_lower = {choice.lower(): choice for choice in known}
    close = get_close_matches(name.lower(), by_lower, n=3, cutoff=0.6)
    return f"did you mean {' or '.join(by_lower[lower] for lower in close)}?" if close else None
