"""Models a change: the difference between two sets of definitions, and its categories."""

from typing import Literal

import msgspec

Subject = Literal["source", "feature", "set"]
Action = Literal["add", "remove", "change"]
Category = Literal["contract", "value", "quality", "metadata"]
CATEGORIES: tuple[Category, ...] = ("contract", "value", "quality", "metadata")
"""Categories, the gravest first: breaks readers; moves values; changes quality judging; changes only descriptions."""


class FieldChange(msgspec.Struct, frozen=True):
    """One key of a definition, before and after; None if the definition does not exist."""

    name: str
    before: object
    after: object


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The change of one definition.

    `own` are the categories that its own file causes; `through` names changed dependencies that change it. `problems`
    are reasons why the change is refused, each with a remedy; `notes` inform a reviewer and refuse nothing.
    """

    subject: Subject
    name: str
    action: Action
    owner: str = ""
    categories: tuple[Category, ...]
    own: tuple[Category, ...] = ()
    fields: tuple[FieldChange, ...] = ()
    through: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def refused(self, *problems: str) -> "Change":
        """Adds problems."""
        return msgspec.structs.replace(self, problems=(*self.problems, *problems))

    def with_notes(self, *notes: str) -> "Change":
        """Adds notes."""
        return msgspec.structs.replace(self, notes=(*self.notes, *notes))


def ordered(categories: set[Category]) -> tuple[Category, ...]:
    """Returns the categories, the gravest first.

    >>> ordered({"metadata", "value"})
    ('value', 'metadata')
    """
    return tuple(category for category in CATEGORIES if category in categories)
