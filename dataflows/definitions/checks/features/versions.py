"""Checks versions of one feature side by side: one is promoted, the others are candidates with their own versions."""

from collections.abc import Sequence

from dataflows.definitions.errors import DefinitionError
from dataflows.definitions.model.feature import FeatureSpec
from dataflows.definitions.reading.folder import ParsedFiles
from dataflows.definitions.reading.parser import ParsedFile

Errors = list[DefinitionError]
Files = Sequence[ParsedFile[FeatureSpec]]


def check_versions(parsed: ParsedFiles[FeatureSpec], errors: Errors, *, whole: bool) -> None:
    """Reports names of which no version or several are promoted, and versions that cannot be distinguished."""
    by_name: dict[str, list[ParsedFile[FeatureSpec]]] = {}
    for file in parsed.whole:
        by_name.setdefault(file.spec.feature_name, []).append(file)
    for name, files in by_name.items():
        _check_promoted(files, errors)
        if whole and name not in parsed.unread:
            _check_candidates(name, files, errors)
        _check_told_apart(files, errors)


def _check_promoted(files: Files, errors: Errors) -> None:
    """Reports every promoted version after the first."""
    promoted = [file for file in files if not file.spec.candidate]
    for other in promoted[1:]:
        expected = "a unique feature name"
        if other.spec.version != promoted[0].spec.version:
            expected += ", or `candidate: true` in all versions but one"
        errors.append(
            other.error(("feature_name",), expected, f"{_place(promoted[0], 'feature_name')} already uses it")
        )


def _check_candidates(name: str, files: Files, errors: Errors) -> None:
    """Reports candidates of a feature without a promoted version."""
    if all(file.spec.candidate for file in files):
        for file in files:
            hint = (
                f"readers of {name} get the version without it, and there is none: to promote this one, remove the line"
            )
            errors.append(file.error(("candidate",), "a promoted version that this candidate can replace", hint))


def _check_told_apart(files: Files, errors: Errors) -> None:
    """Reports candidates that share a version."""
    if not any(file.spec.candidate for file in files):
        return
    first: dict[int, ParsedFile[FeatureSpec]] = {}
    for file in files:
        other = first.setdefault(file.spec.version, file)
        if other is not file:
            hint = f"{_place(other, 'version')} already uses it"
            errors.append(file.error(("version",), f"a unique version of {file.spec.feature_name}", hint))


def _place(file: ParsedFile[FeatureSpec], key: str) -> str:
    return f"{file.file}:{file.document.line((key,))}"
