"""Models a source: a raw topic, its typed columns, its event time and the entities of its events."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from dataflows.definitions.model.fields import (
    ColumnName,
    DisplayText,
    Duration,
    EntityId,
    Listed,
    Model,
    Name,
    Topic,
    Url,
    once,
)
from dataflows.definitions.model.value_types import ColumnType
from dataflows.expectations import expected

FIVE_MINUTES_MS = 300_000


class EventTime(Model):
    """The column that holds the event time: s, ms or us since 1970, or a TIMESTAMP (iso)."""

    column: ColumnName
    unit: Literal["s", "ms", "us", "iso"] = "ms"


def _same_name(value: object) -> object:
    if isinstance(value, list | tuple):
        if len(set(map(str, value))) < len(value):
            raise expected("each entity once")
        return {str(name): name for name in value}
    return value


Entities = Annotated[
    dict[EntityId, ColumnName],
    Field(min_length=1),
    BeforeValidator(_same_name, json_schema_input_type=dict[EntityId, ColumnName] | list[EntityId]),
]


class SourceSpec(Model):
    """A source file of feature_specs/sources."""

    source: Annotated[Name, Field(description="Name by which features refer to the source.")]
    topic: Annotated[Topic, Field(description="Full name of the raw topic.")]
    format: Annotated[Literal["json"], Field(description="Encoding of the payloads.")] = "json"
    description: Annotated[str, DisplayText(1_000), Field(description="Meaning of the events.")] = ""
    columns: Annotated[
        dict[ColumnName, ColumnType], Field(min_length=1, description="Fields of an event and their types.")
    ]
    required: Annotated[
        tuple[ColumnName, ...],
        Listed,
        AfterValidator(once),
        Field(description="Columns that every event must have; others may be null."),
    ] = ()
    event_time: Annotated[EventTime, Field(description="Column and unit of the event time.")]
    entities: Annotated[
        Entities,
        Field(description="Entity keys: a list of columns, or a mapping of key to column if the names differ."),
    ]
    unknown_fields: Annotated[
        Literal["ignore", "reject"], Field(description="How to treat fields that are not columns.")
    ] = "ignore"
    max_future: Annotated[
        Duration,
        Field(
            description="How far an event time may be ahead of the arrival time.",
            json_schema_extra={"default": "5m"},
        ),
    ] = FIVE_MINUTES_MS
    silent_after: Annotated[
        Duration | None,
        Field(description="Longest usual pause between events. If unset, HEADRACE_ALERT_SILENCE."),
    ] = None
    runbook: Annotated[Url | None, Field(description="Address of the runbook for alerts.")] = None


class Source(Model):
    """A source ready to use: `entities` is entity_id -> column; an event time may be `max_future_ms` ahead."""

    name: str
    topic: str
    format: Literal["json"]
    description: str
    columns: dict[str, ColumnType]
    required: tuple[str, ...]
    event_time: EventTime
    entities: dict[str, str]
    unknown_fields: Literal["ignore", "reject"]
    max_future_ms: int
    silent_after_ms: int | None = None
    runbook: str | None = None


def source_of(written: SourceSpec) -> Source:
    """Builds the source of a file."""
    both = Source.model_fields.keys() & SourceSpec.model_fields.keys()
    same = {name: getattr(written, name) for name in both}
    return Source(name=written.source, max_future_ms=written.max_future, silent_after_ms=written.silent_after, **same)
