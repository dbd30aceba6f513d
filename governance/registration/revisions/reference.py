"""Loads the definitions that `--against` names."""

import tempfile
from pathlib import Path

from connectors.errors import HeadraceError
from dataflows.definitions import Definitions, load
from governance.registration.registry import definitions_in
from governance.registration.revisions.git import NoRevision, extract


class UnknownReference(HeadraceError, LookupError):
    """A reference is neither a folder of definitions, nor a registry's document, nor a revision of the repository."""


def definitions_of(reference: str, folder: Path) -> Definitions:
    """Returns the definitions of a reference: a folder, a file of the registry, or a git revision of `folder`.

    Raises UnknownReference, InvalidRegistry and DefinitionErrors.
    """
    path = Path(reference)
    if path.is_dir():
        return load(path)
    if path.is_file():
        return definitions_in(path.read_bytes())
    return _at_revision(reference, folder)


def _at_revision(revision: str, folder: Path) -> Definitions:
    with tempfile.TemporaryDirectory(prefix="headrace-") as scratch:
        try:
            return load(extract(revision, folder, Path(scratch)))
        except NoRevision as error:
            raise UnknownReference(
                f"cannot compare with {revision!r:.80}: it is neither a folder nor a file, and {error}; "
                "commit first, or name what to compare with: --against FOLDER, or a document of the registry"
            ) from error
