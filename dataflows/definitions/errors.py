"""Describes mistakes in definitions: every mistake of every file, each with its place and what was expected."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from connectors.errors import ExitCode, HeadraceError
from dataflows.readable import one_line

LONGEST_VALUE = 80
FOLDER = "folder"
"""Field name of a mistake in the folder itself, which has no line."""


@dataclass(frozen=True, slots=True)
class DefinitionError:
    """One mistake. `field` is a dotted path such as `validation_rules[1].min`, empty for the whole file.

    >>> print(DefinitionError(Path("specs/a.yaml"), 3, "version", 0, "a whole number of at least 1"))
    specs/a.yaml:3  version: 0; expected a whole number of at least 1
    """

    file: Path
    line: int
    field: str
    value: object
    expected: str
    hint: str | None = None

    @property
    def key(self) -> str:
        """Returns the top-level key of the mistake: `validation_rules` of `validation_rules[1].min`."""
        return self.field.partition(".")[0].partition("[")[0]

    @property
    def message(self) -> str:
        """Returns the mistake without its place."""
        subject = self.field or "file"
        subject += f": {displayed(self.value)}" if self.value is not None else ""
        subject = "" if self.field == FOLDER else f"{subject}; "
        hint = f"; {self.hint}" if self.hint else ""
        return one_line(f"{subject}expected {self.expected}{hint}")

    def __str__(self) -> str:
        place = self.file if self.field == FOLDER else f"{self.file}:{self.line}"
        return one_line(f"{place}  ") + self.message


class DefinitionErrors(HeadraceError):
    """Definitions that cannot be used; `errors` are ordered by file and line."""

    def __init__(self, errors: Iterable[DefinitionError]) -> None:
        self.errors = tuple(sorted(errors, key=lambda error: (str(error.file), error.line, error.field)))
        super().__init__(self.errors)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


class UnknownSet(HeadraceError, LookupError):
    """No definition has this feature set; the message lists the known ones."""

    exit_code = ExitCode.WRONG

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.known = tuple(sorted(known))
        expected = f"one of: {', '.join(self.known)}" if self.known else "none, because sets/ defines no set"
        super().__init__(f"unknown feature set {name!r:.80}; expected {expected}")


class ScalarText(str):
    """The text of a scalar as written in the file, shown without quotes."""

    __slots__ = ()


def displayed(value: object) -> str:
    """Returns a value as errors show it, cut to a length.

    >>> displayed({"k": 3}), displayed("x"), displayed(ScalarText("no"))
    ('{"k": 3}', '"x"', 'no')
    """
    text = str(value) if isinstance(value, ScalarText) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 3] + "..."
