"""Chooses the event time and the entities of a new source: as requested, or as a sample suggests."""

from collections.abc import Mapping, Sequence

from governance.authoring.scaffolding.sample import SampledEvents, entity_key
from governance.authoring.scaffolding.unclear import UnclearDefinition

EXPECTED_TIME = "expected a number of s, ms or us since 1970, or a string such as 2026-01-01T00:00:00Z"


def chosen_time(sample: SampledEvents, column: str | None) -> tuple[str, str]:
    """Returns the column of the event time and its unit: as requested, or the most likely. Raises UnclearDefinition."""
    if column in sample.times:
        return column, sample.times[column]
    if column is None and sample.times:
        return next(iter(sample.times.items()))
    raise UnclearDefinition(_no_time(sample, column))


def chosen_entities(sample: SampledEvents, asked: Sequence[str]) -> Mapping[str, str]:
    """Returns entity keys with their columns: as requested, or as names suggest. Raises UnclearDefinition."""
    chosen = dict(map(_entity, asked)) or sample.entities
    unknown = [column for column in chosen.values() if column not in sample.columns]
    if unknown or not chosen:
        problem = (
            f"{', '.join(unknown)}: not a column of the sample" if unknown else "no column of the sample ends with _id"
        )
        raise UnclearDefinition(f"{problem}; choose the entity with --entity: {', '.join(sample.columns)}")
    return chosen


def _entity(asked: str) -> tuple[str, str]:
    """Parses `COLUMN` or `KEY=COLUMN`."""
    key, given, column = asked.partition("=")
    return (key, column) if given else (entity_key(asked), asked)


def _no_time(sample: SampledEvents, column: str | None) -> str:
    if column is not None and sample.times:
        return f"column {column!r:.80} is not an event time; choose one with --time: {', '.join(sample.times)}"
    near = "".join(f"; {name} is {why}" for name, why in sample.no_times.items())
    return f"no column is an event time; {EXPECTED_TIME}{near}"
