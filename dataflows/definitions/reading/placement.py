"""Detects a definition in the folder of another kind: one error instead of one for each of its keys."""

from dataflows.definitions.errors import DefinitionError
from dataflows.definitions.reading.parser import FileWithErrors

_KINDS = {
    "source": ("a source", "columns", "a folder named sources"),
    "set_name": ("a feature set", "set_name", "a folder named sets"),
    "feature_name": ("a feature", "feature_name", "a folder named neither sources nor sets"),
}
"""By the key that names a definition: its noun, the key that identifies it, the folder of its file."""


def misplaced(misread: FileWithErrors | None, name_key: str) -> DefinitionError | None:
    """Returns an error if a file defines another kind than the files of its folder, which `name_key` names."""
    value = misread.document.value if misread else {}
    own, own_key, _ = _KINDS[name_key]
    if misread is None or own_key in value:
        return None
    for what, key, place in _KINDS.values():
        if key in value:
            return misread.error((key,), f"{own} in this folder", f"it is {what}, which belongs in {place}")
    return None
