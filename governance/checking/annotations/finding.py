"""Models a finding about a place in a file: a mistake, or a note that stops nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dataflows.definitions import DefinitionError

Level = Literal["error", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about a line. `title` is the affected field, `rule` the kind; an equal `identity` is the same finding,
    wherever it moves in its file."""

    file: Path
    line: int
    level: Level
    rule: str
    title: str
    text: str
    identity: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}  {self.text}"


def mistakes(errors: Iterable[DefinitionError]) -> list[Finding]:
    """Converts mistakes in definitions, in order."""
    return [_mistake(error) for error in errors]


def _mistake(error: DefinitionError) -> Finding:
    return Finding(
        file=error.file,
        line=error.line,
        level="error",
        rule=error.key or "file",
        title=error.field or "file",
        text=error.message,
        identity=f"{error.field}\n{error.message}",
    )
