"""Texts that others chose, cut and made safe to be shown on a line."""


def plain(text: str, limit: int) -> str:
    """A text that others chose, safe to be shown on a line: no control characters, at most `limit` characters long.

    >>> plain("a\\x00b\\u202ec", 9), plain("a_very_long_name_indeed", 9)
    ('a?b?c', 'a_ve…deed')
    """
    printable = "".join(letter if letter.isprintable() else "?" for letter in text)
    half = (limit - 1) // 2
    return (
        printable
        if len(printable) <= limit
        else f"{printable[: limit - 1 - half]}…{printable[len(printable) - half :]}"
    )


def opening(text: str, limit: int) -> str:
    """The beginning of a sentence, safe to be shown on a line.

    >>> opening("mean +38 % against the baseline", 12)
    'mean +38 %…'
    """
    printable = plain(text, len(text))
    return printable if len(printable) <= limit else f"{printable[: limit - 1].rstrip()}…"
