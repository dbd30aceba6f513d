"""The header by which a reader says who it is."""

import re

CONSUMER_HEADER = "X-Headrace-Consumer"
UNNAMED = "unnamed"
"""A reader that does not say who it is, or says it in words that are no name."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/@-]{0,99}")


def is_name(text: str) -> bool:
    """Whether a text names a consumer: letters, digits and `_ . : / @ -`, at most 100.

    >>> is_name("checkout"), is_name("a b")
    (True, False)
    """
    return _NAME.fullmatch(text) is not None


def named(header: str | None) -> str:
    """The consumer that a header names.

    >>> named("checkout"), named(None)
    ('checkout', 'unnamed')
    """
    return header if header and is_name(header) else UNNAMED
