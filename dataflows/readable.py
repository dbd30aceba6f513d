"""Makes foreign text safe for a terminal: it cannot move the cursor, change a colour or hide what follows."""

import unicodedata

_HARMLESS = "\n\t"
_JOINERS = "\u200c\u200d\u200e\u200f"  # writing systems and emoji need these, and they change nothing else
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def readable(text: str) -> str:
    """Returns the text with control characters and bidirectional overrides written out as escapes.

    >>> readable("a\\x1b[2Jb\\nc"), readable("[bold] :smile:")
    ('a\\\\x1b[2Jb\\nc', '[bold] :smile:')
    """
    return _written(text, _HARMLESS)


def one_line(text: str) -> str:
    """Returns the text like `readable`, with line breaks and tabs written out as well.

    >>> one_line("a\\nb")
    'a\\\\nb'
    """
    return _written(text, "")


def _written(text: str, harmless: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    printable = harmless + _JOINERS
    return "".join(
        character if character in printable or unicodedata.category(character) not in _UNSEEN else _escaped(character)
        for character in text
    )


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
