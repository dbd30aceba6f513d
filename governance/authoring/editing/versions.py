"""Raises versions: of named definitions, or of all that a plan would otherwise refuse."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from connectors.errors import ExitCode, HeadraceError
from dataflows.definitions import Definitions, definition_files
from dataflows.expectations import did_you_mean
from governance.authoring.editing.definition_files import DefinitionFile, file_of
from governance.changes.planning import risen_versions

MOST = 2**31 - 1


class InvalidBump(HeadraceError, ValueError):
    """A version cannot be raised in this way; the text says which can."""

    exit_code = ExitCode.WRONG


@dataclass(frozen=True, slots=True)
class Bump:
    """A raised version, and the file that states it."""

    name: str
    before: int
    after: int
    file: DefinitionFile


def bumped(specs: Path, definitions: Definitions, names: Iterable[str], to: int | None = None) -> list[Bump]:
    """Raises the versions of features and sets by one, or to a number. Raises InvalidBump and UneditableFile."""
    versions = _versions(definitions)
    for name in names:
        _expect_known(name, versions, definitions)
    return _bumps(specs, versions, {name: versions[name] + 1 if to is None else to for name in names})


def needed_bumps(specs: Path, before: Definitions, after: Definitions) -> list[Bump]:
    """Raises the versions for which a plan would refuse the change. Raises InvalidBump and UneditableFile."""
    return _bumps(specs, _versions(after), risen_versions(before, after))


def _bumps(specs: Path, versions: Mapping[str, int], risen: Mapping[str, int]) -> list[Bump]:
    files = definition_files(specs)
    for name, version in risen.items():
        if not versions[name] < version <= MOST:
            raise InvalidBump(
                f"{name} is at version {versions[name]}; expected a greater one of at most {MOST}, not {version}"
            )
    return [
        Bump(name, versions[name], version, file_of(files[name]).with_value("version", version))
        for name, version in risen.items()
    ]


def _versions(definitions: Definitions) -> dict[str, int]:
    features = {feature.feature_name: feature.version for feature in definitions.features}
    return features | {name: feature_set.version for name, feature_set in definitions.sets.items()}


def _expect_known(name: str, versions: Mapping[str, int], definitions: Definitions) -> None:
    if name in versions:
        return
    if name in definitions.sources:
        raise InvalidBump(f"{name} is a source; sources have no version, features and sets have one")
    hint = did_you_mean(name, versions)
    raise InvalidBump(f"no feature or set has the name {name!r:.80}{f'; {hint}' if hint else ''}")
