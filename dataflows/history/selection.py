"""Selects some features of the definitions, with their inputs."""

import difflib
from collections.abc import Iterable
from dataclasses import replace

from connectors.errors import ExitCode, HeadraceError
from dataflows.definitions import Definitions


class UndefinedFeature(HeadraceError):
    """A feature is not defined; the message names similar ones."""

    exit_code = ExitCode.WRONG


def names_in(written: Iterable[str]) -> list[str]:
    """Splits texts into comma-separated names. Raises UndefinedFeature for a text without names.

    >>> names_in(["a, b", "c"])
    ['a', 'b', 'c']
    """
    names = list[str]()
    for text in written:
        parts = [name.strip() for name in text.split(",") if name.strip()]
        if not parts:
            raise UndefinedFeature(f"--features {text!r} names no feature; expected names, separated by commas")
        names += parts
    return names


def part_of(definitions: Definitions, names: Iterable[str]) -> Definitions:
    """Returns the definitions of these features and of those their expressions read. Raises UndefinedFeature."""
    features = {feature.feature_name: feature for feature in definitions.features}
    wanted, waiting = set[str](), list(names)
    while waiting:
        name = waiting.pop()
        if name not in features:
            raise UndefinedFeature(_unknown(name, features))
        if name not in wanted:
            wanted.add(name)
            waiting += features[name].reads
    return replace(definitions, features=tuple(f for f in definitions.features if f.feature_name in wanted))


def _unknown(name: str, known: Iterable[str]) -> str:
    similar = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    hint = f"did you mean {similar[0]}?" if similar else f"known features: {', '.join(known)}"
    return f"unknown feature {name!r}; {hint}"
