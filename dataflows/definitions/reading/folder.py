"""Parses a folder to files or drafts: sources in `sources/`, feature sets in `sets/`, features elsewhere."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

from dataflows.definitions.errors import FOLDER, DefinitionError
from dataflows.definitions.model.feature import FeatureSpec
from dataflows.definitions.model.feature_set import FeatureSetSpec
from dataflows.definitions.model.source import SourceSpec
from dataflows.definitions.model.version_names import version_name
from dataflows.definitions.reading.drafts import Draft, feature_draft, feature_set_draft, source_draft
from dataflows.definitions.reading.files import Listing, listed
from dataflows.definitions.reading.parser import FileWithErrors, ParsedFile, ParseResult, parse
from dataflows.definitions.reading.placement import misplaced

M = TypeVar("M", bound=BaseModel)
SOURCES = "sources"
SETS = "sets"


@dataclass(frozen=True, slots=True)
class ParsedFiles(Generic[M]):
    """Files of one model: those without mistakes, drafts of the others, and all `errors`.

    `unread` are the names in files with mistakes: a reference to one of them is not a further error.
    """

    whole: tuple[ParsedFile[M], ...]
    drafts: tuple[Draft[M], ...]
    unread: frozenset[str]
    errors: tuple[DefinitionError, ...]


@dataclass(frozen=True, slots=True)
class ParsedDefinitions:
    """All files of a folder; `errors` are those of the folder itself."""

    sources: ParsedFiles[SourceSpec]
    features: ParsedFiles[FeatureSpec]
    sets: ParsedFiles[FeatureSetSpec]
    errors: tuple[DefinitionError, ...]


NOTHING: Mapping[Path, bytes] = {}


def parse_folder(folder: Path, instead: Mapping[Path, bytes] = NOTHING) -> ParsedDefinitions:
    """Parses every definition in a folder; `instead` replaces the content of files."""
    listing = listed(folder)
    sources = [file for file in listing.files if file.parent.name == SOURCES]
    sets = [file for file in listing.files if file.parent.name == SETS]
    features = [file for file in listing.files if file.parent.name not in (SOURCES, SETS)]
    return ParsedDefinitions(
        _parsed(sources, SourceSpec, "source", source_draft, instead),
        _parsed(features, FeatureSpec, "feature_name", feature_draft, instead),
        _parsed(sets, FeatureSetSpec, "set_name", feature_set_draft, instead),
        tuple(_refused(folder, listing)),
    )


@dataclass(frozen=True, slots=True)
class DefinitionFiles:
    """The files of a folder by the names of their definitions."""

    features: dict[str, Path]
    sets: dict[str, Path]
    sources: dict[str, Path]


def files_by_kind(folder: Path) -> DefinitionFiles:
    """Returns the files of a folder that have no mistakes."""
    parsed = parse_folder(folder)
    return DefinitionFiles(
        {file.spec.name: file.file for file in parsed.features.whole},
        {file.spec.set_name: file.file for file in parsed.sets.whole},
        {file.spec.source: file.file for file in parsed.sources.whole},
    )


def definition_files(folder: Path) -> dict[str, Path]:
    """Returns the file of each feature and feature set of a folder, by name."""
    files = files_by_kind(folder)
    return files.features | files.sets


def _refused(folder: Path, listing: Listing) -> Iterable[DefinitionError]:
    if not listing.files and not listing.refused:
        yield _without_definitions(folder)
    for path, refused in listing.refused:
        yield DefinitionError(path, 1, "", None, refused.expected, refused.hint)


def _without_definitions(folder: Path) -> DefinitionError:
    problem = "contains none" if folder.is_dir() else "is a file" if folder.exists() else "is missing"
    hint = f"it {problem}; `headrace init FOLDER` creates a feature repository, HEADRACE_SPECS selects another folder"
    return DefinitionError(folder, 1, FOLDER, None, "a folder with definitions (*.yaml)", hint)


def _parsed(
    files: Iterable[Path],
    model: type[M],
    name_key: str,
    draft_of: Callable[[FileWithErrors], Draft[M] | None],
    instead: Mapping[Path, bytes],
) -> ParsedFiles[M]:
    results = [(file, _placed(parse(file, model, instead.get(file)), name_key)) for file in files]
    drafts = [draft_of(result.misread) for _, result in results if result.misread]
    return ParsedFiles(
        tuple(result.parsed for _, result in results if result.parsed),
        tuple(draft for draft in drafts if draft),
        frozenset(_name(file, result, name_key) for file, result in results if result.errors),
        tuple(error for _, result in results for error in result.errors),
    )


def _placed(result: ParseResult[M], name_key: str) -> ParseResult[M]:
    error = misplaced(result.misread, name_key)
    return ParseResult(errors=(error,)) if error else result


def _name(file: Path, result: ParseResult[M], name_key: str) -> str:
    """Returns the name that a file with mistakes defines: the name in it, otherwise the file's own."""
    written = result.misread.document.value if result.misread else {}
    name = str(written.get(name_key) or file.stem)
    return version_name(name, written.get("version", 1)) if written.get("candidate") is True else name
