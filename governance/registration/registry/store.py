"""Defines a registry, wherever it is stored: a log of revisions that is read whole, and appended by one writer at a
time."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager

from governance.registration.registry.registered import RegistryContent, RegistryMoved, counted, number_after, replayed
from governance.registration.registry.revision import Changes, RegistrationContext, Revision

Tell = Callable[[str], None]
"""Receives what is being waited for, in words."""


class Registry(ABC):
    """Stores definitions on record. A writer must hold it."""

    @property
    @abstractmethod
    def place(self) -> str:
        """Returns its place, in words."""

    @abstractmethod
    def revisions(self) -> list[Revision]:
        """Returns all revisions in order. Raises InvalidRegistry."""

    @abstractmethod
    def hold(self, tell: Tell) -> AbstractContextManager[None]:
        """Holds the registry exclusively; waits for another holder."""

    @abstractmethod
    def append(self, revision: Revision) -> None:
        """Writes a revision, whole or not at all."""

    @abstractmethod
    def complete(self) -> None:
        """Finishes the work of an earlier writer; call it while holding."""

    def read(self) -> RegistryContent:
        """Returns the current registry. Raises InvalidRegistry."""
        return replayed(self.revisions())

    def write(self, parent: str, changes: Changes, act: RegistrationContext, *, whole: bool = False) -> RegistryContent:
        """Writes all changes or none, if `parent` is the current fingerprint; returns the new registry.

        `whole` changes hold the whole registry, and replace lost revisions. Raises RegistryMoved.
        """
        number = number_after(self.revisions(), parent, whole=whole)
        written = {key: None if value is None else dict(value) for key, value in changes.items()}
        revision = Revision(number=number, parent=parent, act=act, changes=written, whole=whole)
        self.append(revision)
        after = self.revisions()
        if revision.fingerprint not in [known.fingerprint for known in counted(after)]:
            raise RegistryMoved
        return replayed(after)
