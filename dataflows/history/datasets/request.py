"""Models the request of a data set, and the folder of its job."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from dataflows.definitions import Feature
from dataflows.definitions.fingerprint import digest
from dataflows.history.datasets.errors import DatasetError
from dataflows.history.datasets.manifest import DatasetTerms, SpineOrigin
from dataflows.history.datasets.questions import FeatureSelection, KeyedSpine, Ticks
from dataflows.history.datasets.spine import TableSpine
from dataflows.history.datasets.table import ContentHash, ValueMode
from dataflows.history.datasets.table.assembly import TICK_TIME

HISTORY = "history"
"""Folder of jobs below `HEADRACE_VAR`."""


@dataclass(frozen=True, slots=True)
class DatasetRequest:
    """Everything that decides a data set. `texts` are the files of its definitions, `sha256` is that of its spine."""

    selection: FeatureSelection
    texts: Mapping[str, str]
    rows: KeyedSpine | Ticks
    sha256: str
    mode: ValueMode = "true"
    lag_ms: int = 0
    feature_set: str | None = None

    def __post_init__(self) -> None:
        names = self.origin().columns
        if isinstance(self.rows, Ticks) and names[0] == TICK_TIME:
            raise DatasetError(f"{self.origin().place}: the ids cannot be in {TICK_TIME}, the time column")
        if taken := next((name for name in self.selection.names if name in names), None):
            raise DatasetError(f"{self.origin().place}: column {taken} has the name of a feature; rename the column")

    @property
    def name(self) -> str:
        """Returns the name of its job: the same for an equal request, in one version of the program."""
        return digest([self.sha256, dict(self.texts), _plain(self.described()), code_version()])

    @property
    def served(self) -> tuple[Feature, ...]:
        """Returns the features that are also read from their feature topics."""
        return self.selection.asked if self.mode == "served" else ()

    @property
    def deprecations(self) -> tuple[str, ...]:
        """Returns the notices of deprecated features and of a deprecated feature set."""
        known = self.selection.definitions.deprecated
        named = (*self.selection.names, *([self.feature_set] if self.feature_set else ()))
        return tuple(f"{name} is {known[name].words}" for name in named if name in known)

    def described(self) -> DatasetTerms:
        """Returns the request as the manifest describes it."""
        keyed = self.rows if isinstance(self.rows, KeyedSpine) else None
        return DatasetTerms(
            entities=dict(self.selection.columns),
            time=keyed.columns.time if keyed else TICK_TIME,
            time_unit=keyed.columns.unit if keyed else "ms",
            features=self.selection.names,
            feature_set=self.feature_set,
            mode=self.mode,
            lag_ms=self.lag_ms,
            ticks=self.rows.times if isinstance(self.rows, Ticks) else (),
        )

    def origin(self) -> SpineOrigin:
        """Returns the origin of its rows."""
        if isinstance(self.rows, Ticks):
            columns = (self.selection.columns[self.rows.entity_id], TICK_TIME)
            return SpineOrigin(place="all entities", sha256=self.sha256, columns=columns)
        spine = self.rows.spine
        return SpineOrigin(place=spine.place, sha256=self.sha256, columns=tuple(spine.schema.names))

    def folder(self, var: Path, place: Mapping[str, object] | None = None) -> Path:
        """Returns the folder of its job; `place` is where it reads, so that it is not resumed over other topics."""
        return var / HISTORY / digest([self.name, place])


def sha256_of(rows: KeyedSpine | Ticks) -> str:
    """Returns the SHA-256 of a spine: of its file, its table's content, or its times."""
    if isinstance(rows, Ticks):
        return hashlib.sha256(repr(rows).encode()).hexdigest()
    if isinstance(rows.spine, TableSpine):
        hashed = ContentHash(rows.spine.schema)
        for batch in rows.spine.blocks():
            hashed.add(batch)
        return hashed.hexdigest()
    with Path(rows.spine.place).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def code_version() -> str:
    """Returns the version of the program."""
    return version("headrace")


def _plain(asked: DatasetTerms) -> list[object]:
    return [asked.entities, asked.time, asked.time_unit, asked.features, asked.mode, asked.lag_ms]
