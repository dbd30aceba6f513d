"""Definitions: a folder of YAML -> frozen models, or all mistakes at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from dataflows.definitions import fingerprint
from dataflows.definitions.checks import Everything, all_errors, in_order
from dataflows.definitions.errors import DefinitionError, DefinitionErrors
from dataflows.definitions.model.cases import Case
from dataflows.definitions.model.feature import Feature, WrittenFeature
from dataflows.definitions.model.source import EventTime, Source, WrittenSource, source_of
from dataflows.definitions.reading.drafts import Draft, feature_draft, source_draft
from dataflows.definitions.reading.files import listed
from dataflows.definitions.reading.parser import Found, Reading, read
from dataflows.definitions.resolver import derived_feature, folding_feature

__all__ = [
    "Case",
    "DefinitionError",
    "DefinitionErrors",
    "Definitions",
    "EventTime",
    "Feature",
    "Source",
    "load",
]

SOURCES = "sources"


@dataclass(frozen=True)
class Definitions:
    """All sources by name, and all features ordered by name."""

    sources: Mapping[str, Source]
    features: tuple[Feature, ...]

    @cached_property
    def entity_ids(self) -> tuple[str, ...]:
        """The entities that have features, ordered."""
        return tuple(sorted({feature.entity_id for feature in self.features}))

    @cached_property
    def fingerprint(self) -> str:
        """What decides all values."""
        return fingerprint.of_all(self.features)

    def of_entity(self, entity_id: str) -> tuple[Feature, ...]:
        """The features of an entity, ordered by name."""
        return tuple(feature for feature in self.features if feature.entity_id == entity_id)

    def topics(self) -> dict[str, tuple[Feature, ...]]:
        """The feature topics and the features on each."""
        names = sorted({feature.topic_name for feature in self.features})
        return {name: tuple(f for f in self.features if f.topic_name == name) for name in names}


def load(folder: Path) -> Definitions:
    """The definitions of a folder: sources in `sources/`, features elsewhere. DefinitionErrors has all mistakes.

    >>> load(Path("feature_specs")).of_entity("user_id")[0].entity_type
    'user'
    """
    reading = _read_all(folder)
    if not reading.files and not reading.errors:
        reading.errors.append(DefinitionError(folder, 1, "", None, "a folder with definitions (*.yaml)"))
    everything = reading.everything()
    errors = [*reading.errors, *all_errors(everything)]
    if errors:
        raise DefinitionErrors(errors)
    return _built(everything)


@dataclass(slots=True)
class _Reading:
    """What reading the files has given so far."""

    files: int = 0
    errors: list[DefinitionError] = field(default_factory=list)
    sources: list[Found[WrittenSource]] = field(default_factory=list)
    features: list[Found[WrittenFeature]] = field(default_factory=list)
    unread: dict[str, set[str]] = field(default_factory=lambda: {"source": set(), "feature_name": set()})
    source_drafts: list[Draft[WrittenSource]] = field(default_factory=list)
    feature_drafts: list[Draft[WrittenFeature]] = field(default_factory=list)

    def source(self, file: Path) -> None:
        """Reads a source."""
        reading = read(file, WrittenSource)
        self.sources += [reading.found] if reading.found else []
        draft = source_draft(reading.misread) if reading.misread else None
        self.source_drafts += [draft] if draft else []
        self._count("source", file, reading)

    def feature(self, file: Path) -> None:
        """Reads a feature."""
        reading = read(file, WrittenFeature)
        self.features += [reading.found] if reading.found else []
        draft = feature_draft(reading.misread) if reading.misread else None
        self.feature_drafts += [draft] if draft else []
        self._count("feature_name", file, reading)

    def _count(self, key: str, file: Path, reading: Reading[Any]) -> None:
        """Of a file that could not be read the name is in it, or else most likely the file's."""
        self.files += 1
        self.errors += reading.errors
        if reading.errors:
            written = reading.misread.document.value.get(key) if reading.misread else None
            self.unread[key].add(str(written or file.stem))

    def everything(self) -> Everything:
        """All that could be read."""
        unread = frozenset(self.unread["source"]), frozenset(self.unread["feature_name"])
        drafts = tuple(self.source_drafts), tuple(self.feature_drafts)
        return Everything(tuple(self.sources), tuple(self.features), *unread, *drafts)


def _read_all(folder: Path) -> _Reading:
    reading, found = _Reading(), listed(folder)
    reading.errors += [DefinitionError(path, 1, "", None, why.expected, why.hint) for path, why in found.refused]
    for file in found.files:
        if file.parent.name == SOURCES:
            reading.source(file)
        else:
            reading.feature(file)
    return reading


def _built(everything: Everything) -> Definitions:
    sources = {each.written.source: source_of(each.written) for each in everything.sources}
    by_name = {each.written.feature_name: each for each in everything.features}
    derived = {name: each for name, each in by_name.items() if each.written.expression is not None}
    features = {n: folding_feature(each.written, everything) for n, each in by_name.items() if n not in derived}
    for name in in_order(derived):
        features[name] = derived_feature(by_name[name].written, everything, features)
    ordered = tuple(features[name] for name in sorted(features))
    return Definitions(dict(sorted(sources.items())), ordered)
