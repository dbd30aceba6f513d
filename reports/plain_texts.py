"""Texts that others chose, cut and made safe to be shown on a line."""


def plain(text: str, limit: int) -> str:
    """A text that others chose, safe to be shown on a line: no control characters, at most `limit` characters long.

    >>> plain("a\\x00b\\u202ec", 9), plain("a_very_long_name_indeed", 9)
    ('a?b?c', 'a_ve…deed')
    """
    half = (limit - 1) // 2
    shown = text if len(text) <= limit else f"{text[: limit - 1 - half]}…{text[len(text) - half :]}"
    return shown if shown.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in shown)


def opening(text: str, limit: int) -> str:
    """The beginning of a sentence, safe to be shown on a line.

    >>> opening("mean +38 % against the baseline", 12)
    'mean +38 %…'
    """
    printable = plain(text[: limit + 1], limit + 1)  # one more than fits tells whether anything is left out
    return printable if len(printable) <= limit else f"{printable[: limit - 1].rstrip()}…"
