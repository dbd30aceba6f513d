"""A change: what differs between two sets of definitions, and what kind of difference it is."""

from typing import Literal

import msgspec

Subject = Literal["source", "feature", "set"]
Action = Literal["add", "remove", "change"]
Category = Literal["contract", "value", "quality", "metadata"]
CATEGORIES: tuple[Category, ...] = ("contract", "value", "quality", "metadata")
"""The gravest first: who reads it breaks; its values move; it is judged otherwise; only its description differs."""


class FieldChange(msgspec.Struct, frozen=True):
    """One key of a definition, before and after; None where there is no such definition."""

    name: str
    before: object
    after: object


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to one definition.

    `own` are the categories that its own file brings about; `through` names what it depends on that changes too, and so
    changes it. `problems` are reasons why the change is refused, each with the way out; `notes` are what a reviewer
    should know and nothing is refused for.
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
        """The same with further problems."""
        return msgspec.structs.replace(self, problems=(*self.problems, *problems))

    def noted(self, *notes: str) -> "Change":
        """The same with further notes."""
        return msgspec.structs.replace(self, notes=(*self.notes, *notes))


def ordered(categories: set[Category]) -> tuple[Category, ...]:
    """The categories, the gravest first.

    >>> ordered({"metadata", "value"})
    ('value', 'metadata')
    """
    return tuple(category for category in CATEGORIES if category in categories)
