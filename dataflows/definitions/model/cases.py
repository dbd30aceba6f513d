"""Models the `tests:` of a definition: events in, the expected value per entity at a time."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from dataflows.definitions.model.fields import Listed, Model, Text
from dataflows.expectations import expected

EXACT = 1e-9
Event = dict[str, Any]
MOMENT = "a time such as 2026-01-31T12:00:00Z"


def _moment_ms(value: object) -> int:
    moment = parse_moment(value)
    if moment is None:
        raise expected(MOMENT)
    return moment


def parse_moment(value: object) -> int | None:
    """Parses an ISO 8601 time to ms since 1970 (UTC unless it has a zone); None if it is not a time.

    >>> parse_moment("1970-01-01T00:00:01.5Z")
    1500
    """
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return since.days * 86_400_000 + since.seconds * 1_000 + since.microseconds // 1_000


Moment = Annotated[
    int,
    BeforeValidator(_moment_ms, json_schema_input_type=str),
    Field(json_schema_extra={"type": "string", "format": "date-time"}),
]
Events = Annotated[tuple[Event, ...], Listed]


def _events(value: object) -> object:
    lists = value.values() if isinstance(value, dict) else [value]
    if not all(isinstance(events, list) and all(isinstance(event, dict) for event in events) for events in lists):
        raise expected("a list of events, or a list of events by source", "an event is a mapping")
    return value


EventsBySource = Annotated[
    Events | dict[str, Events],
    BeforeValidator(_events, json_schema_input_type=list[Event] | dict[str, list[Event]]),
]


class CaseSpec(Model):
    """A case as written: `events` of the feature's source, or by source if it reads several."""

    name: Text | None = None
    events: EventsBySource
    at: Moment
    expect: Annotated[dict[str, Any], Field(min_length=1)]
    within: Annotated[float, Field(ge=0, le=1)] = EXACT


class Case(Model):
    """A case ready to run: `events` are (source, event) as written, with event times in the source's unit.

    `at` is in ms; `expect` holds a value per entity id, None for no value, datetimes for TIMESTAMP; numbers that are
    not integers may differ by the relative tolerance `within`, as sketches do.
    """

    name: str
    events: tuple[tuple[str, Mapping[str, Any]], ...]
    at: int
    expect: Mapping[str, Any]
    within: float = EXACT
