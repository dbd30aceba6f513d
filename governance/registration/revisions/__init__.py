"""Loads definitions of another time: a folder, a registry's document, or a revision of the git repository."""

from governance.registration.revisions.git import is_unknown, lacks_commit
from governance.registration.revisions.reference import UnknownReference, definitions_of

__all__ = ["UnknownReference", "definitions_of", "is_unknown", "lacks_commit"]
