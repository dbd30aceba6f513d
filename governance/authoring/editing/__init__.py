"""Edits definition files so that only the affected lines change: comments, order and spelling stay."""

from governance.authoring.editing.definition_files import DefinitionFile, UneditableFile, file_of, write_definitions
from governance.authoring.editing.lists import item_lines
from governance.authoring.editing.versions import Bump, InvalidBump, bumped, needed_bumps

__all__ = [
    "Bump",
    "DefinitionFile",
    "InvalidBump",
    "UneditableFile",
    "bumped",
    "file_of",
    "item_lines",
    "needed_bumps",
    "write_definitions",
]
