"""Formats texts of a comment on a pull request: escapes foreign text, and cuts with a count."""

from collections.abc import Sequence


def escaped(text: str) -> str:
    """Escapes foreign text, so that it mentions nobody, ends no cell and begins no HTML.

    >>> escaped("<b>|`")
    '&lt;b&gt;\\\\|\\\\`'
    """
    plain = text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")
    return plain.replace("@", "@\u200b").replace("`", "\\`").replace("[", "\\[")


def cut(facts: Sequence[str], room: int) -> list[str]:
    """Returns the first lines that fit into `room` characters, and counts the others."""
    shown, used = list[str](), 0
    for place, fact in enumerate(facts):
        used += len(fact) + 1
        if used > room:
            return [*shown, "", f"and {len(facts) - place} more lines: see the output of the job"]
        shown.append(fact)
    return shown
