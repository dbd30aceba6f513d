"""What `headrace dataset` was asked for, checked."""

from dataclasses import dataclass
from pathlib import Path

from cli.error_reporting import Mistake
from dataflows.history.datasets.arguments import DatasetArguments, SpineOpener
from dataflows.history.datasets.spine import TimeUnit
from dataflows.history.datasets.spine.reading import CSV, expect_ending, open_spine
from dataflows.history.datasets.table import ValueMode


@dataclass(frozen=True, slots=True)
class DatasetOptions:
    """What the command was given; see `cli.commands.dataset`."""

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
        """What is wanted, as it was written."""
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
        """What opens the spine; the columns of a CSV file that goes into a CSV file stay texts."""
        if self.spine is None:
            return None
        path, typed = self.spine, self.out is None or self.out.suffix.lower() not in CSV
        return lambda names: open_spine(path, names, typed=typed)

    def target(self) -> Path:
        """The file to write. Raises Mistake and SpineError."""
        if self.out is None:
            raise Mistake("no file to write; expected --out FILE")
        for path in (self.out, self.leakage):
            if path is not None:
                expect_ending(path)
                _expect_no_folder(path)
        if self.leakage is not None and self.leakage.resolve() == self.out.resolve():
            raise Mistake(f"--leakage {self.leakage} is also --out; expected another file")
        if self.spine is not None and self.out.resolve() == self.spine.resolve():
            raise Mistake(f"--out {self.out} is the spine; expected another file")
        return self.out


def _expect_no_folder(path: Path) -> None:
    if path.is_dir():
        raise Mistake(f"{path} is a folder; expected a file to write")
