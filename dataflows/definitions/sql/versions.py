"""Handles versions of features in an expression: `spend@2`, which SQL accepts as a name only in quotes."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import sqlglot
from sqlglot.tokenizer_core import Token, TokenType

from dataflows.definitions.model.version_names import AT, is_version_name, promoted_names

_WORDS = 3  # a name, the sign and the number
Place = tuple[int, int, str]
"""Start and end in a text, and the name between them."""


def quoted(text: str) -> str:
    """Quotes the versions in a text. Raises SqlglotError.

    >>> quoted("spend@2 / n")
    '"spend@2" / n'
    """
    return _replaced(text, {name: f'"{name}"' for _, _, name in _places(text)})


def promoted(text: str, reads: Sequence[str]) -> str:
    """Returns the text as it reads once its versions are promoted; a version beside another of its feature stays.

    >>> promoted('spend@2 / "n@3" + n', ["spend@2", "n@3", "n"])
    'spend / "n@3" + n'
    """
    return _replaced(text, promoted_names(reads))


def _replaced(text: str, names: dict[str, str]) -> str:
    for first, end, name in reversed([*_places(text)]):
        if name in names:
            text = text[:first] + names[name] + text[end:]
    return text


def _places(text: str) -> Iterator[Place]:
    if AT not in text:
        return
    tokens = sqlglot.tokenize(text, read="duckdb")
    for place, token in enumerate(tokens):
        if token.token_type is TokenType.IDENTIFIER and is_version_name(token.text):
            yield token.start, token.end + 1, token.text
        elif name := _written_out(tokens[place : place + _WORDS]):
            yield token.start, tokens[place + _WORDS - 1].end + 1, name


def _written_out(tokens: Sequence[Token]) -> str:
    """Returns the name of a version that three adjacent tokens form; empty otherwise."""
    together = len(tokens) == _WORDS and all(before.end + 1 == after.start for before, after in pairwise(tokens))
    name = "".join(token.text for token in tokens) if together else ""
    return name if is_version_name(name) else ""
