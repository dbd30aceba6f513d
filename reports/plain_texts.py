"""Cuts foreign texts and makes them safe to show on a line."""


def plain(text: str, limit: int) -> str:
    """Makes a foreign text safe to show on a line: no control characters, at most `limit` characters long.

    >>> plain("a\\x00b\\u202ec", 9), plain("a_very_long_name_indeed", 9)
    ('a?b?c', 'a_ve…deed')
    """
    half = (limit - 1) // 2
    shown = text if len(text) <= limit else f"{text[: limit - 1 - half]}…{text[len(text) - half :]}"
    return shown if shown.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in shown)


def opening(text: str, limit: int) -> str:
    """Returns the beginning of a sentence, safe to show on a line.

    >>> opening("mean +38 % against the baseline", 12)
    'mean +38 %…'
    """
    printable = plain(text[: limit + 1], limit + 1)  # one character more than fits shows whether anything is cut
    return printable if len(printable) <= limit else f"{printable[: limit - 1].rstrip()}…"
