"""Holds and checks the options of `headrace dataset`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.error_reporting import InvalidArgument
from dataflows.history.datasets.arguments import DatasetArguments, SpineOpener
from dataflows.history.datasets.manifest import manifest_path
from dataflows.history.datasets.spine.reading import CSV, expect_ending, open_spine


@dataclass(frozen=True, slots=True)
class DatasetFiles:
    """The files named on the command line; see `cli.commands.past.dataset`."""

    spine: Path | None
    out: Path | None
    leakage: Path | None

    def opening(self) -> SpineOpener | None:
        """Returns what opens the spine; from CSV to CSV, columns stay texts."""
        if self.spine is None:
            return None
        path, typed = self.spine, self.out is None or self.out.suffix.lower() not in CSV
        return lambda names: open_spine(path, names, typed=typed)

    def target(self) -> Path:
        """Returns the file to write. Raises InvalidArgument and SpineError."""
        if self.out is None:
            raise InvalidArgument("no file to write; expected --out FILE")
        for path in (self.out, self.leakage):
            if path is not None:
                expect_ending(path)
                _expect_no_folder(path)
        self._expect_different(self.out)
        return self.out

    def _expect_different(self, out: Path) -> None:
        """Refuses to write a file twice, or over the spine."""
        if self.leakage is not None and _same_file(self.leakage, out):
            raise InvalidArgument(f"--leakage {self.leakage} is also --out; expected another file")
        if self.leakage is not None and _same_file(self.leakage, manifest_path(out)):
            raise InvalidArgument(f"--leakage {self.leakage} is the manifest of --out; expected another file")
        for option, path in (("--out", out), ("--leakage", self.leakage)):
            if path is not None and self.spine is not None and _same_file(path, self.spine):
                raise InvalidArgument(f"{option} {path} is the spine; expected another file")

    def rebuilt(self, dataset: Path) -> Path:
        """Returns the file of a rebuilt data set. Raises InvalidArgument and SpineError."""
        out = self.out or dataset.with_name(f"{dataset.stem}.rebuilt{dataset.suffix}")
        expect_ending(out)
        _expect_no_folder(out)
        if _same_file(out, dataset):
            raise InvalidArgument(f"--out {out} is the data set to rebuild; expected another file")
        return out


@dataclass(frozen=True, slots=True)
class DatasetRepeat:
    """The data set to verify, with the number of sampled rows and their seed, or the one to rebuild."""

    verify: Path | None
    rebuild: Path | None
    sample: int
    seed: int | None


@dataclass(frozen=True, slots=True)
class DatasetOptions:
    """The options of the command; see `cli.commands.past.dataset`."""

    arguments: DatasetArguments
    files: DatasetFiles
    repeat: DatasetRepeat
    estimate: bool
    fresh: bool
    processes: int | None

    def expect_alone(self) -> None:
        """Refuses options that --verify and --rebuild read from the manifest. Raises InvalidArgument."""
        verify, rebuild = self.repeat.verify, self.repeat.rebuild
        if verify is not None and rebuild is not None:
            raise InvalidArgument("--verify and --rebuild cannot be combined; expected one of them")
        option = "--verify" if verify is not None else "--rebuild"
        for name, value in self._by_option():
            if value:
                raise InvalidArgument(
                    f"{name} cannot be combined with {option}: the manifest of the data set defines it"
                )

    def _by_option(self) -> Sequence[tuple[str, object]]:
        arguments, files = self.arguments, self.files
        return (
            ("--spine", files.spine),
            ("--entity", arguments.entities),
            ("--time", arguments.time),
            ("--features", arguments.features),
            ("--set", arguments.feature_set),
            ("--at", arguments.at),
            ("--every", arguments.every),
            ("--from", arguments.start),
            ("--to", arguments.end),
            ("--leakage", files.leakage),
            ("--estimate", self.estimate),
            ("--out", files.out if self.repeat.verify else None),
        )


def _same_file(left: Path, right: Path) -> bool:
    """Returns whether two paths are one file, also through links."""
    if left.exists() and right.exists():
        return left.samefile(right)
    return left.resolve() == right.resolve()


def _expect_no_folder(path: Path) -> None:
    if path.is_dir():
        raise InvalidArgument(f"{path} is a folder; expected a file to write")
