"""What must hold within a source, beyond the types of its fields."""

from collections.abc import Iterator

from dataflows.definitions.errors import DefinitionError
from dataflows.definitions.model.source import WrittenSource
from dataflows.definitions.reading.parser import Found
from dataflows.definitions.reading.yaml_document import Path
from dataflows.expectations import did_you_mean

KEY_TYPES = ("INT32", "INT64", "STRING")
NUMBER_TYPES = ("DOUBLE", "FLOAT", "INT32", "INT64")


def source_errors(found: Found[WrittenSource]) -> Iterator[DefinitionError]:
    """Names that are no column, and columns of a type that cannot be a key or a time."""
    columns, time = found.written.columns, found.written.event_time
    for path, name in _named(found):
        if name not in columns:
            yield found.error(path, f"a column instead of {name}", did_you_mean(name, columns))
    if time.column in columns:
        yield from _time_type(found, columns[time.column])
    yield from _case_errors(found)
    for entity_id, name in found.written.entities.items():
        if columns.get(name, "STRING") not in KEY_TYPES:
            expected = f"{name} of type {' or '.join(KEY_TYPES)} to be {entity_id}"
            yield found.error(("columns", name), expected)


def _case_errors(found: Found[WrittenSource]) -> Iterator[DefinitionError]:
    """Columns that SQL, which knows no case, could not tell apart."""
    first: dict[str, str] = {}
    for name in found.written.columns:
        if (other := first.setdefault(name.lower(), name)) != name:
            yield found.error(("columns", name), "names that differ by more than case", f"{other} is a column too")


def _named(found: Found[WrittenSource]) -> Iterator[tuple[Path, str]]:
    written = found.written
    yield from ((("required", at), name) for at, name in enumerate(written.required))
    yield ("event_time", "column"), written.event_time.column
    listed = isinstance(found.document.value.get("entities"), list)
    for at, (entity_id, name) in enumerate(written.entities.items()):
        yield ("entities", at if listed else entity_id), name


def _time_type(found: Found[WrittenSource], kind: str) -> Iterator[DefinitionError]:
    unit = found.written.event_time.unit
    wanted = ("TIMESTAMP",) if unit == "iso" else NUMBER_TYPES
    if kind not in wanted:
        hint = "TIMESTAMP is ISO 8601 text, with unit iso" if kind in ("TIMESTAMP", "STRING") else None
        expected = f"a type of {' or '.join(wanted)} for a time in {unit}"
        yield found.error(("columns", found.written.event_time.column), expected, hint)
