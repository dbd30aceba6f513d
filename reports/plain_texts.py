"""Texts that others chose, cut and made safe to be shown on a line."""


def plain(text: str, most: int) -> str:
    """A text that others chose, safe to be shown on a line: no control characters, not longer than `most`.

    >>> plain("a\\x00b\\u202ec", 9), plain("a_very_long_name_indeed", 9)
    ('a?b?c', 'a_ve…deed')
    """
    half = (most - 1) // 2
    kept = text if len(text) <= most else f"{text[: most - 1 - half]}…{text[len(text) - half :]}"
    return kept if kept.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in kept)


def opening(text: str, most: int) -> str:
    """The beginning of a sentence, safe to be shown on a line.

    >>> opening("mean +38 % against the baseline", 12)
    'mean +38 %…'
    """
    seen = plain(text[: most + 1], most + 1)  # one more than fits tells whether anything is left out
    return seen if len(seen) <= most else f"{seen[: most - 1].rstrip()}…"
