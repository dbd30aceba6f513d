"""Holds and checks the options of `headrace dataset`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.error_reporting import Mistake
from dataflows.history.datasets.arguments import DatasetArguments, SpineOpener
from dataflows.history.datasets.manifest import manifest_path
from dataflows.history.datasets.spine import TimeUnit
from dataflows.history.datasets.spine.reading import CSV, expect_ending, open_spine
from dataflows.history.datasets.table import ValueMode


@dataclass(frozen=True, slots=True)
class DatasetOptions:
    """The options of the command; see `cli.commands.dataset`."""

    spine: Path | None
    entities: tuple[str, ...]
    time: str | None
    features: tuple[str, ...]
    set_name: str | None
    out: Path | None
    at: str | None
    every: str | None
    start: str | None
    end: str | None
    mode: ValueMode
    lag: str
    time_unit: TimeUnit
    leakage: Path | None
    estimate: bool
    fresh: bool
    verify: Path | None
    rebuild: Path | None
    sample: int
    seed: int | None
    processes: int | None = None

    def arguments(self) -> DatasetArguments:
        """Returns the request as written."""
        return DatasetArguments(
            entities=self.entities,
            time=self.time,
            time_unit=self.time_unit,
            features=self.features,
            feature_set=self.set_name,
            at=self.at,
            every=self.every,
            start=self.start,
            end=self.end,
            mode=self.mode,
            lag=self.lag,
        )

    def opening(self) -> SpineOpener | None:
        """Returns what opens the spine; from CSV to CSV, columns stay texts."""
        if self.spine is None:
            return None
        path, typed = self.spine, self.out is None or self.out.suffix.lower() not in CSV
        return lambda names: open_spine(path, names, typed=typed)

    def target(self) -> Path:
        """Returns the file to write. Raises Mistake and SpineError."""
        if self.out is None:
            raise Mistake("no file to write; expected --out FILE")
        for path in (self.out, self.leakage):
            if path is not None:
                expect_ending(path)
                _expect_no_folder(path)
        self._expect_different(self.out)
        return self.out

    def _expect_different(self, out: Path) -> None:
        """Refuses to write a file twice, or over the spine."""
        if self.leakage is not None and _same_file(self.leakage, out):
            raise Mistake(f"--leakage {self.leakage} is also --out; expected another file")
        if self.leakage is not None and _same_file(self.leakage, manifest_path(out)):
            raise Mistake(f"--leakage {self.leakage} is the manifest of --out; expected another file")
        for option, path in (("--out", out), ("--leakage", self.leakage)):
            if path is not None and self.spine is not None and _same_file(path, self.spine):
                raise Mistake(f"{option} {path} is the spine; expected another file")

    def rebuilt(self, dataset: Path) -> Path:
        """Returns the file of a rebuilt data set. Raises Mistake and SpineError."""
        out = self.out or dataset.with_name(f"{dataset.stem}.rebuilt{dataset.suffix}")
        expect_ending(out)
        _expect_no_folder(out)
        if _same_file(out, dataset):
            raise Mistake(f"--out {out} is the data set that is made again; expected another file")
        return out

    def expect_alone(self) -> None:
        """Refuses options that --verify and --rebuild read from the manifest. Raises Mistake."""
        if self.verify is not None and self.rebuild is not None:
            raise Mistake("--verify and --rebuild are two commands; expected one of them")
        option = "--verify" if self.verify is not None else "--rebuild"
        for name, value in self._asked():
            if value:
                raise Mistake(f"{name} beside {option}: the manifest of the data set tells it; expected {option} alone")

    def _asked(self) -> Sequence[tuple[str, object]]:
        return (
            ("--spine", self.spine),
            ("--entity", self.entities),
            ("--time", self.time),
            ("--features", self.features),
            ("--set", self.set_name),
            ("--at", self.at),
            ("--every", self.every),
            ("--from", self.start),
            ("--to", self.end),
            ("--leakage", self.leakage),
            ("--estimate", self.estimate),
            ("--out", self.out if self.verify else None),
        )


def _same_file(one: Path, other: Path) -> bool:
    """Returns whether two paths are one file, also through links."""
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()


def _expect_no_folder(path: Path) -> None:
    if path.is_dir():
        raise Mistake(f"{path} is a folder; expected a file to write")
