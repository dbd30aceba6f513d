"""What a stage of a job has done, as files: an entry holds once every output of the stage has what it tells of.

The recovery of the engine is no help here: it commits what a source has read before a sink without a state of its own
has written it, and what an execution that was killed had noted may come back after the next. A file that is renamed is
there or not.
"""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from dataflows.history.whole_files import write_whole

_PREPARED, _SEALED = ".prepared", ".sealed"


class Ledger:
    """The entries of a stage in a folder: prepared ones are forgotten when the stage is begun again, sealed ones hold.

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
        """Writes an entry that does not hold yet."""
        write_whole(self._folder / f"{name}{_PREPARED}", content)

    def seal(self, names: Iterable[str]) -> None:
        """From now on, these entries hold."""
        for name in names:
            (self._folder / f"{name}{_PREPARED}").rename(self._folder / f"{name}{_SEALED}")

    def seal_all(self) -> None:
        """The stage has ended: what it prepared holds."""
        self.seal([path.stem for path in self._folder.glob(f"*{_PREPARED}")])

    def forget_prepared(self) -> None:
        """Nobody knows whether what they tell of was written."""
        for path in self._folder.glob(f"*{_PREPARED}"):
            path.unlink()

    def entries(self, prepared: bool = False) -> dict[str, bytes]:
        """The entries that hold, by name; with the `prepared` ones, to see how far a stage is that runs."""
        values: dict[str, bytes] = {}
        for path in self._paths(prepared):
            with suppress(FileNotFoundError):  # prepared when it was listed, sealed now
                values[path.stem] = path.read_bytes()
        return values

    def names(self, prepared: bool = False) -> set[str]:
        """The names of the entries that hold."""
        return {path.stem for path in self._paths(prepared)}

    def _paths(self, prepared: bool) -> list[Path]:
        kinds = (_PREPARED, _SEALED) if prepared else (_SEALED,)
        return [path for kind in kinds for path in self._folder.glob(f"*{kind}")]


class EpochEntries:
    """The entries that a partition of a sink prepares: those of an epoch are sealed when the next one brings an item.

    A source reads in an epoch only when every output of every process has finished the one before.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._open, self._finished = list[str](), list[str]()

    def item_came(self) -> None:
        """Of the epoch that is open."""
        self._ledger.seal(self._finished)
        self._finished = []

    def prepare(self, name: str, content: bytes) -> None:
        """An entry of the epoch that is open."""
        self._ledger.prepare(name, content)
        self._open.append(name)

    def epoch_ended(self) -> None:
        """Other outputs may still be at it."""
        self._finished += self._open
        self._open = []
