"""Writes files all or not at all, and never over existing ones."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from connectors.errors import HeadraceError
from dataflows.definitions import DefinitionErrors, load
from dataflows.definitions.model.fields import Name
from governance.authoring.scaffolding.unclear import UnclearDefinition

_NAME = TypeAdapter(Name)


class NothingWritten(DefinitionErrors):
    """Definitions would be invalid with the new files, which were not written."""

    def __str__(self) -> str:
        return f"{super().__str__()}\nnothing was written"


class AlreadyThere(HeadraceError, FileExistsError):
    """A file to write exists already; nothing was written."""


def write_new(files: Mapping[Path, str | bytes]) -> list[Path]:
    """Writes files and their folders; returns their paths. Raises AlreadyThere."""
    present = sorted(str(path) for path in files if path.exists())
    if present:
        raise AlreadyThere(f"{', '.join(present)}: already exists; remove {_pronoun(present)} or choose another name")
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if isinstance(content, str) and content.startswith("#!"):
            path.chmod(0o755)
    return [*files]


def write_valid(folder: Path, files: Mapping[Path, str | bytes]) -> list[Path]:
    """Writes definition files if the folder is valid with them. Raises AlreadyThere and NothingWritten."""
    made = [parent for file in files for parent in file.parents if not parent.exists()]
    paths = write_new(files)
    try:
        load(folder)
    except DefinitionErrors as wrong:
        for path in paths:
            path.unlink()
        for parent in dict.fromkeys(made):
            parent.rmdir()
        raise NothingWritten(wrong.errors) from wrong
    return paths


def checked_name(name: str) -> str:
    """Returns the name if it is valid for a definition and its file. Raises UnclearDefinition."""
    try:
        return _NAME.validate_python(name)
    except ValidationError as error:
        expectation = error.errors()[0].get("ctx", {}).get("expected")
        raise UnclearDefinition(f"name {name!r:.140}; expected {expectation}") from None


def _pronoun(present: list[str]) -> str:
    return "it" if len(present) == 1 else "them"
