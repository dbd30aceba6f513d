"""Collects the errors of one file, which every check adds to."""

from collections.abc import Callable, Set
from typing import Any

from dataflows.definitions.errors import DefinitionError
from dataflows.definitions.reading.parser import ParsedFile
from dataflows.definitions.reading.yaml_document import Path

IsCertain = Callable[[DefinitionError], bool]


class FileErrors:
    """Receives the errors of a check; the check returns its resolved part, or None if it cannot be resolved.

    A part that is returned despite errors is never used: definitions with errors are not loaded.
    """

    def __init__(
        self, parsed: ParsedFile[Any], errors: list[DefinitionError], is_certain: IsCertain | None = None
    ) -> None:
        self._parsed, self._errors, self._is_certain = parsed, errors, is_certain

    def add(self, path: Path, expected: str, hint: str | None = None) -> None:
        """Adds an error at a path of the document, unless it may follow from another one."""
        error = self._parsed.error(path, expected, hint)
        if self._is_certain is None or self._is_certain(error):
            self._errors.append(error)

    def without(self, keys: Set[str]) -> "FileErrors":
        """Returns the errors for a check whose mistakes in these keys may follow from another file's."""
        certain = self._is_certain or (lambda _: True)
        return FileErrors(self._parsed, self._errors, lambda error: error.key not in keys and certain(error))
