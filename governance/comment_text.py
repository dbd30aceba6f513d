"""Texts of a comment on a pull request: words of others made harmless, and what does not fit cut with a count."""

from collections.abc import Sequence


def escaped(text: str) -> str:
    """Words of others: they mention nobody, and neither end a cell nor begin HTML.

    >>> escaped("<b>|`")
    '&lt;b&gt;\\\\|\\\\`'
    """
    plain = text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")
    return plain.replace("@", "@\u200b").replace("`", "\\`").replace("[", "\\[")


def cut(facts: Sequence[str], room: int) -> list[str]:
    """The first lines, as many as fit into so many characters; of the others it says how many there are."""
    shown, used = list[str](), 0
    for place, fact in enumerate(facts):
        used += len(fact) + 1
        if used > room:
            return [*shown, "", f"and {len(facts) - place} more lines: see the output of the job"]
        shown.append(fact)
    return shown
