"""Checks a source beyond the types of its fields, and resolves it."""

from collections.abc import Iterator

from dataflows.definitions.checks.file_errors import FileErrors
from dataflows.definitions.model.source import Source, SourceSpec, source_of
from dataflows.definitions.reading.parser import ParsedFile
from dataflows.definitions.reading.yaml_document import Path
from dataflows.expectations import did_you_mean

KEY_TYPES = ("INT32", "INT64", "STRING")
NUMBER_TYPES = ("DOUBLE", "FLOAT", "INT32", "INT64")


def resolve_source(parsed: ParsedFile[SourceSpec], errors: FileErrors) -> Source:
    """Resolves the source of a file; checks that the names in it are columns of types that can be a key or a time."""
    spec = parsed.spec
    for path, name in _named_columns(parsed):
        if name not in spec.columns:
            errors.add(path, f"a column instead of {name}", did_you_mean(name, spec.columns))
    _check_time(spec, errors)
    _check_case(spec, errors)
    for entity_id, name in spec.entities.items():
        if spec.columns.get(name, "STRING") not in KEY_TYPES:
            errors.add(("columns", name), f"{name} of type {' or '.join(KEY_TYPES)} to be {entity_id}")
    return source_of(spec)


def _named_columns(parsed: ParsedFile[SourceSpec]) -> Iterator[tuple[Path, str]]:
    """Yields the named columns and their paths."""
    spec = parsed.spec
    yield from ((("required", place), name) for place, name in enumerate(spec.required))
    yield ("event_time", "column"), spec.event_time.column
    listed = isinstance(parsed.document.value.get("entities"), list)
    for place, (entity_id, name) in enumerate(spec.entities.items()):
        yield ("entities", place if listed else entity_id), name


def _check_time(spec: SourceSpec, errors: FileErrors) -> None:
    column, unit = spec.event_time.column, spec.event_time.unit
    column_type = spec.columns.get(column)
    wanted = ("TIMESTAMP",) if unit == "iso" else NUMBER_TYPES
    if column_type is not None and column_type not in wanted:
        hint = "TIMESTAMP is ISO 8601 text, with unit iso" if column_type in ("TIMESTAMP", "STRING") else None
        errors.add(("columns", column), f"a type of {' or '.join(wanted)} for a time in {unit}", hint)


def _check_case(spec: SourceSpec, errors: FileErrors) -> None:
    """Reports columns whose names differ only in case, which SQL ignores."""
    first: dict[str, str] = {}
    for name in spec.columns:
        if (other := first.setdefault(name.lower(), name)) != name:
            errors.add(("columns", name), "names that differ by more than case", f"{other} is a column too")
