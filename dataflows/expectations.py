"""Words the errors of pydantic models the way DefinitionError does."""

from collections.abc import Iterable
from difflib import get_close_matches

from pydantic_core import PydanticCustomError

EXPECTED = "expected"


def expected(expectation: str, hint: str = "") -> PydanticCustomError:
    """Creates a field error that is worded like a DefinitionError."""
    return PydanticCustomError(EXPECTED, "expected {expected}", {"expected": expectation, "hint": hint})


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Suggests the known name closest to a misspelt one, or lists the choices if there are few.

    >>> did_you_mean("amout", ["amount", "country"])
    'did you mean amount?'
    """
    choices = sorted(known)
    few = f"there are {', '.join(choices)}" if 0 < len(choices) <= 12 else None
    return close_to(name, choices) or few


def close_to(name: str, known: Iterable[str]) -> str | None:
    """Suggests the known names closest to a misspelt one."""
    by_lower = {choice.lower(): choice for choice in known}
    close = get_close_matches(name.lower(), by_lower, n=3, cutoff=0.6)
    return f"did you mean {' or '.join(by_lower[lower] for lower in close)}?" if close else None
