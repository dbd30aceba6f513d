"""The `tests:` of a feature against its sources and its value type, and the cases they become."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from dataflows.definitions.checks.aggregated import FoundFeature
from dataflows.definitions.errors import DefinitionError
from dataflows.definitions.model.cases import Case, Event, WrittenCase, parse_moment
from dataflows.definitions.model.source import WrittenSource
from dataflows.definitions.model.value_types import element_type
from dataflows.definitions.reading.yaml_document import QUOTE_IT, Path
from dataflows.expectations import did_you_mean

Sources = Sequence[WrittenSource]
SAYS = {
    "STRING": "text",
    "INT32": "a whole number of 32 bits",
    "INT64": "a whole number of 64 bits",
    "FLOAT": "a number",
    "DOUBLE": "a number",
    "BOOL": "true or false",
    "TIMESTAMP": "a time such as 2026-01-31T12:00:00Z",
}
_PER_UNIT = {"s": (1, 1000), "ms": (1, 1), "us": (1000, 1)}


def case_errors(found: FoundFeature, sources: Sources) -> Iterator[DefinitionError]:
    """Mistakes of the cases of a feature that reads these sources."""
    for at, case in enumerate(found.written.tests):
        if isinstance(case.events, dict):
            yield from _unknown_sources(found, ("tests", at, "events"), case.events, sources)
        elif len(sources) > 1:
            names = ", ".join(source.source for source in sources)
            yield found.error(("tests", at, "events"), "a list of events by source", f"it reads {names}")
            continue
        for path, source, event in _placed(case, ("tests", at, "events"), sources):
            yield from _event_errors(found, path, source, event)
        yield from _expectation_errors(found, ("tests", at, "expect"), case.expect)


def case_of(name: str, case: WrittenCase, value_type: str, sources: Sources) -> Case:
    """A case ready to run."""
    events = [(source.source, _timed(event, source)) for _, source, event in _placed(case, (), sources)]
    expect = {entity: _expectation(value, value_type) for entity, value in case.expect.items()}
    return Case(name=case.name or name, events=tuple(events), at=case.at, expect=expect, within=case.within)


def _unknown_sources(
    found: FoundFeature, path: Path, events: Mapping[str, object], sources: Sources
) -> Iterator[DefinitionError]:
    names = [source.source for source in sources]
    for name in events:
        if name not in names:
            hint = did_you_mean(name, names)
            yield found.error((*path, name), f"a source the feature reads instead of {name}", hint)


def _placed(case: WrittenCase, path: Path, sources: Sources) -> Iterator[tuple[Path, WrittenSource, Event]]:
    """(path, source, event) of each event of a case."""
    if isinstance(case.events, dict):
        for source in sources:
            for at, event in enumerate(case.events.get(source.source, ())):
                yield (*path, source.source, at), source, event
    else:
        for at, event in enumerate(case.events):
            yield (*path, at), sources[0], event


def _event_errors(found: FoundFeature, path: Path, source: WrittenSource, event: Event) -> Iterator[DefinitionError]:
    for name in source.required:
        if event.get(name) is None:
            yield found.error(path, f"the required column {name}", "it is missing")
    for name, value in event.items():
        if name not in source.columns:
            hint = did_you_mean(name, source.columns)
            yield found.error((*path, name), f"a column of {source.source}", hint)
        elif value is not None and not _cell_fits(name, value, source):
            kind = source.columns[name]
            yield found.error((*path, name), SAYS[kind], _hint(value, kind))


def _cell_fits(name: str, value: object, source: WrittenSource) -> bool:
    is_time = name == source.event_time.column and parse_moment(value) is not None
    return is_time or fits(value, source.columns[name])


def _expectation_errors(found: FoundFeature, path: Path, expect: Mapping[str, object]) -> Iterator[DefinitionError]:
    value_type = found.written.value_type
    element = element_type(value_type)
    says = SAYS[value_type] if element is None else f"a list, each {SAYS[element]}"
    for entity, value in expect.items():
        if not _finite(value):
            yield found.error((*path, entity), says, "a result that is not finite is null: expect null")
        elif value is not None and not fits(value, value_type):
            yield found.error((*path, entity), says, _hint(value, element or value_type))


def _finite(value: object) -> bool:
    if isinstance(value, list):
        return all(map(_finite, value))
    return not isinstance(value, float) or isfinite(value)


def fits(value: object, value_type: str) -> bool:
    """Whether a value of a file is of a column or value type.

    >>> fits(False, "STRING"), fits([1, 2], "ARRAY<INT32>"), fits("2026-01-01", "TIMESTAMP")
    (False, True, True)
    """
    element = element_type(value_type)
    if element is not None:
        return isinstance(value, list) and all(fits(each, element) for each in value)
    match value_type:
        case "STRING":
            return isinstance(value, str)
        case "BOOL":
            return isinstance(value, bool)
        case "TIMESTAMP":
            return parse_moment(value) is not None
        case "INT32" | "INT64":
            limit = 2 ** (31 if value_type == "INT32" else 63)
            return isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit
    return isinstance(value, int | float) and not isinstance(value, bool)


def _hint(value: object, value_type: str) -> str | None:
    return QUOTE_IT if value_type == "STRING" and isinstance(value, bool | int | float) else None


def _timed(event: Event, source: WrittenSource) -> dict[str, Any]:
    """The event with its time in the unit of the source."""
    column, unit = source.event_time.column, source.event_time.unit
    moment = parse_moment(event.get(column))
    if moment is None or unit not in _PER_UNIT:
        return event
    times, by = _PER_UNIT[unit]
    whole = moment * times // by
    exact = moment / by if moment % by and source.columns[column] in ("FLOAT", "DOUBLE") else whole
    return {**event, column: exact}


def _expectation(value: Any, value_type: str) -> Any:
    """Times as datetimes; everything else as it is."""
    if isinstance(value, list):
        return [_expectation(each, element_type(value_type) or value_type) for each in value]
    moment = parse_moment(value) if value_type == "TIMESTAMP" else None
    return value if moment is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment)
