"""Records the work of a job's stage as files: an entry is valid once every output of the stage holds its data.

The engine's recovery cannot do this: it commits what a source has read before a stateless sink has written it, and the
notes of a killed execution may come back after the next one. A renamed file either exists or does not.
"""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from dataflows.history.whole_files import write_whole

_PREPARED, _SEALED = ".prepared", ".sealed"


class Ledger:
    """The entries of a stage in a folder: prepared ones are forgotten when the stage restarts, sealed ones are valid.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     ledger = Ledger(Path(folder))
    ...     ledger.prepare("shard-007", b""), ledger.prepare("shard-008", b"")
    ...     ledger.seal(["shard-007"])
    ...     ledger.entries()
    (None, None)
    {'shard-007': b''}
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self, name: str, content: bytes) -> None:
        """Writes an entry that is not valid yet."""
        write_whole(self._folder / f"{name}{_PREPARED}", content)

    def seal(self, names: Iterable[str]) -> None:
        """Makes these entries valid."""
        for name in names:
            (self._folder / f"{name}{_PREPARED}").rename(self._folder / f"{name}{_SEALED}")

    def seal_all(self) -> None:
        """Makes all prepared entries valid, because the stage has ended."""
        self.seal([path.stem for path in self._folder.glob(f"*{_PREPARED}")])

    def forget_prepared(self) -> None:
        """Removes prepared entries, because their data may not have been written."""
        for path in self._folder.glob(f"*{_PREPARED}"):
            path.unlink()

    def entries(self, prepared: bool = False) -> dict[str, bytes]:
        """Returns the valid entries by name; with `prepared` ones, for the progress of a running stage."""
        values: dict[str, bytes] = {}
        for path in self._paths(prepared):
            with suppress(FileNotFoundError):  # prepared when listed, sealed now
                values[path.stem] = path.read_bytes()
        return values

    def names(self, prepared: bool = False) -> set[str]:
        """Returns the names of the valid entries."""
        return {path.stem for path in self._paths(prepared)}

    def _paths(self, prepared: bool) -> list[Path]:
        kinds = (_PREPARED, _SEALED) if prepared else (_SEALED,)
        return [path for kind in kinds for path in self._folder.glob(f"*{kind}")]


class EpochEntries:
    """Prepares the entries of a sink's partition; an epoch's entries are sealed when the next one brings an item.

    A source reads in an epoch only after every output of every process has finished the previous one.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._open, self._finished = list[str](), list[str]()

    def item_came(self) -> None:
        """Records an item of the open epoch; seals the finished epochs."""
        self._ledger.seal(self._finished)
        self._finished = []

    def prepare(self, name: str, content: bytes) -> None:
        """Prepares an entry of the open epoch."""
        self._ledger.prepare(name, content)
        self._open.append(name)

    def epoch_ended(self) -> None:
        """Closes the epoch, whose entries stay unsealed because other outputs may still be writing."""
        self._finished += self._open
        self._open = []
