"""Parses the header in which a reader names itself."""

import re

CONSUMER_HEADER = "X-Headrace-Consumer"
UNNAMED = "unnamed"
"""Name of a reader that sends no name, or an invalid one."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/@-]{0,99}")


def is_name(text: str) -> bool:
    """Returns whether a text names a consumer: letters, digits and `_ . : / @ -`, at most 100.

    >>> is_name("checkout"), is_name("a b")
    (True, False)
    """
    return _NAME.fullmatch(text) is not None


def consumer_of(header: str | None) -> str:
    """Returns the consumer that a header names.

    >>> consumer_of("checkout"), consumer_of(None)
    ('checkout', 'unnamed')
    """
    return header if header and is_name(header) else UNNAMED
