"""Chooses how a new feature folds: valid defaults for its author to review."""

from collections.abc import Iterable

from dataflows.aggregations import AGGREGATIONS, Option
from dataflows.definitions import Definitions, Source, column_kind
from dataflows.definitions.expressions import ExpressionError, column_names
from governance.authoring.scaffolding.unclear import UnclearDefinition


def chosen_source(definitions: Definitions, name: str | None) -> Source:
    """Returns the source of this name, or the only one. Raises UnclearDefinition."""
    known = definitions.sources
    if not known:
        raise UnclearDefinition("there is no source yet; create one with `headrace new source NAME --sample FILE`")
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    if name is None or name not in known:
        raise UnclearDefinition(_choose("source", "--source", name, known))
    return known[name]


def chosen_entity(source: Source, name: str | None) -> str:
    """Returns the entity of this name, or the first of the source. Raises UnclearDefinition."""
    if name is None:
        return next(iter(source.entities))
    if name not in source.entities:
        raise UnclearDefinition(_choose(f"entity of source {source.name}", "--entity", name, source.entities))
    return name


def checked_aggregation(name: str) -> str:
    """Returns the name if such an aggregation exists. Raises UnclearDefinition."""
    if name not in AGGREGATIONS:
        raise UnclearDefinition(_choose("aggregation", "--aggregation", name, AGGREGATIONS))
    return name


def folded_column(source: Source, aggregation: str) -> str | None:
    """Returns the first column that fits the aggregation and is neither time nor id; None if it needs none."""
    if AGGREGATIONS[aggregation].value_optional:
        return None
    taken = {source.event_time.column, *source.entities.values()}
    fitting = [
        name
        for name, column_type in source.columns.items()
        if name not in taken and column_kind(column_type) in AGGREGATIONS[aggregation].takes
    ]
    if not fitting:
        raise UnclearDefinition(
            f"source {source.name} has no column that {aggregation} takes; give an expression with --value"
        )
    return as_sql(fitting[0])


def as_sql(column: str) -> str:
    """Writes a column in an expression, quoted if its name has another meaning, as `select` does.

    >>> as_sql("amount"), as_sql("select")
    ('amount', '"select"')
    """
    try:
        return column if column_names(column) == (column,) else f'"{column}"'
    except ExpressionError:
        return f'"{column}"'


def value_type(source: Source, aggregation: str, column: str | None) -> str:
    """Returns the type of the feature's value: the column's if possible, else the widest."""
    column_type = source.columns.get(column.strip('"'), "DOUBLE") if column else "INT64"
    types = AGGREGATIONS[aggregation].gives(column_kind(column_type))
    preferred = (column_type, "INT64", "DOUBLE", f"ARRAY<{column_type}>")
    return next((name for name in preferred if name in types), min(types))


def options(aggregation: str) -> dict[str, float]:
    """Returns a value for each option without a default."""
    given = AGGREGATIONS[aggregation].options.items()
    return {name: _middle(option) for name, option in given if option.default is None}


def _middle(option: Option) -> float:
    return int(min(option.low + 4, option.high)) if option.whole else (option.low + option.high) / 2


def _choose(kind: str, flag: str, name: str | None, known: Iterable[str]) -> str:
    asked = f"unknown {kind} {name!r:.80}" if name is not None else f"there is more than one {kind}"
    return f"{asked}; choose with {flag}: {', '.join(known)}"
