"""What a registry can do, wherever it is: a log of revisions that is read whole, and appended to by one at a time."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager

from governance.registration.registry.registered import Registered, RegistryMoved, counted, number_after, replayed
from governance.registration.registry.revision import Act, Changes, Revision

Tell = Callable[[str], None]
"""Hears what is waited for, in words."""


class Registry(ABC):
    """Where definitions are on record. One writes while holding it."""

    @property
    @abstractmethod
    def place(self) -> str:
        """Where it is, in words."""

    @abstractmethod
    def revisions(self) -> list[Revision]:
        """All that was written, in its order. Raises InvalidRegistry."""

    @abstractmethod
    def hold(self, tell: Tell) -> AbstractContextManager[None]:
        """While inside, nobody else writes; who else does is waited for."""

    @abstractmethod
    def append(self, revision: Revision) -> None:
        """Writes a revision, whole or not at all."""

    @abstractmethod
    def complete(self) -> None:
        """Finishes what an earlier writer did not get to; done by whoever holds it."""

    def read(self) -> Registered:
        """What is on record now. Raises InvalidRegistry."""
        return replayed(self.revisions())

    def write(self, parent: str, changes: Changes, act: Act, *, whole: bool = False) -> Registered:
        """Writes all changes or none, if `parent` is the fingerprint of what is on record; returns what then is.

        Changes that are `whole` hold all there is, and make good what is lost. Raises RegistryMoved.
        """
        number = number_after(self.revisions(), parent, whole=whole)
        written = {key: None if value is None else dict(value) for key, value in changes.items()}
        revision = Revision(number=number, parent=parent, act=act, changes=written, whole=whole)
        self.append(revision)
        after = self.revisions()
        if revision.fingerprint not in [known.fingerprint for known in counted(after)]:
            raise RegistryMoved
        return replayed(after)
