"""Checks the `tests:` of a feature against its sources and value type, and resolves them to cases."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dataflows.definitions.checks.file_errors import FileErrors
from dataflows.definitions.checks.values import SAYS, fits, is_finite, meaning, quote_hint
from dataflows.definitions.model.cases import Case, CaseSpec, Event, parse_moment
from dataflows.definitions.model.feature import FeatureSpec
from dataflows.definitions.model.source import SourceSpec
from dataflows.definitions.model.value_types import element_type
from dataflows.definitions.reading.yaml_document import Path
from dataflows.expectations import did_you_mean

Sources = Sequence[SourceSpec]
_PER_UNIT = {"s": (1, 1000), "ms": (1, 1), "us": (1000, 1)}


def resolve_cases(spec: FeatureSpec, sources: Sources, errors: FileErrors) -> tuple[Case, ...]:
    """Resolves the cases of a feature that reads these sources."""
    cases = (_resolve_case(place, case, spec.value_type, sources, errors) for place, case in enumerate(spec.tests))
    return tuple(case for case in cases if case is not None)


def _resolve_case(place: int, case: CaseSpec, value_type: str, sources: Sources, errors: FileErrors) -> Case | None:
    path: Path = ("tests", place)
    if isinstance(case.events, dict):
        _check_sources((*path, "events"), case.events, sources, errors)
    elif len(sources) > 1:
        names = ", ".join(source.source for source in sources)
        errors.add((*path, "events"), "a list of events by source", f"it reads {names}")
        return None
    events = tuple(
        (source.source, _resolve_event(position, source, event, errors))
        for position, source, event in _placed(case, (*path, "events"), sources)
    )
    expect = _resolve_expectations((*path, "expect"), case.expect, value_type, errors)
    return Case(name=case.name or f"case {place + 1}", events=events, at=case.at, expect=expect, within=case.within)


def _check_sources(path: Path, events: Mapping[str, object], sources: Sources, errors: FileErrors) -> None:
    names = [source.source for source in sources]
    for name in events:
        if name not in names:
            hint = did_you_mean(name, names)
            errors.add((*path, name), f"a source the feature reads instead of {name}", hint)


def _placed(case: CaseSpec, path: Path, sources: Sources) -> Iterator[tuple[Path, SourceSpec, Event]]:
    """Yields (path, source, event) of each event of a case."""
    if isinstance(case.events, dict):
        for source in sources:
            for place, event in enumerate(case.events.get(source.source, ())):
                yield (*path, source.source, place), source, event
    else:
        for place, event in enumerate(case.events):
            yield (*path, place), sources[0], event


def _resolve_event(path: Path, source: SourceSpec, event: Event, errors: FileErrors) -> Event:
    """Returns the event with its time in the unit of the source."""
    for name in source.required:
        if event.get(name) is None:
            errors.add(path, f"the required column {name}", "it is missing")
    moment = parse_moment(event.get(source.event_time.column))
    for name, value in event.items():
        if name not in source.columns:
            errors.add((*path, name), f"a column of {source.source}", did_you_mean(name, source.columns))
        elif value is not None and not (name == source.event_time.column and moment is not None):
            _check_cell((*path, name), value, source.columns[name], errors)
    return event if moment is None else _timed(event, moment, source)


def _check_cell(path: Path, value: object, column_type: str, errors: FileErrors) -> None:
    if not fits(value, column_type):
        errors.add(path, SAYS[column_type], quote_hint(value, column_type))


def _timed(event: Event, moment_ms: int, source: SourceSpec) -> Event:
    column, unit = source.event_time.column, source.event_time.unit
    if unit not in _PER_UNIT:
        return event
    times, by = _PER_UNIT[unit]
    whole = moment_ms * times // by
    exact = moment_ms / by if moment_ms % by and source.columns.get(column) in ("FLOAT", "DOUBLE") else whole
    return {**event, column: exact}


def _resolve_expectations(
    path: Path, expect: Mapping[str, object], value_type: str, errors: FileErrors
) -> dict[str, Any]:
    """Returns the expected values, with times as datetimes."""
    element = element_type(value_type)
    says = SAYS[value_type] if element is None else f"a list, each {SAYS[element]}"
    for entity, value in expect.items():
        if not is_finite(value):
            errors.add((*path, entity), says, "a result that is not finite is null: expect null")
        elif value is not None and not fits(value, value_type):
            errors.add((*path, entity), says, quote_hint(value, element or value_type))
    return {entity: meaning(value, value_type) for entity, value in expect.items()}
