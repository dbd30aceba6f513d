"""Derived features: expressions over other features of the entity, evaluated on the row after the fold."""

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from dataflows.definitions.checks.aggregated import FoundFeature, family_errors
from dataflows.definitions.errors import DefinitionError
from dataflows.definitions.expressions import ExpressionError, column_names, compile_expression
from dataflows.definitions.model.feature import OPTION_NAMES, WrittenFeature


def derived_errors(
    found: FoundFeature, by_name: Mapping[str, FoundFeature], unread: frozenset[str]
) -> Iterator[DefinitionError]:
    """Mistakes of one derived feature; `unread` are features whose files have mistakes of their own."""
    written = found.written
    for key in (*written.folding_keys, *(OPTION_NAMES & written.extras.keys())):
        hint = "a feature folds events or derives, not both"
        yield found.error((key,), f"no {key} beside an expression", hint)
    try:
        reads = column_names(written.expression or "")
    except ExpressionError as error:
        yield found.error(("expression",), error.expected, error.hint)
        return
    elsewhere = [name for name in reads if name in by_name and not _same_entity(written, by_name[name])]
    for name in elsewhere:
        entity_id = by_name[name].written.entity_id
        expected = f"features of {written.entity_id}"
        yield found.error(("expression",), expected, f"{name} is of {entity_id}")
    if not elsewhere and not unread & set(reads):
        yield from _expression_errors(found, siblings(written, by_name.values()))


def siblings(written: WrittenFeature, features: Iterable[FoundFeature]) -> dict[str, str]:
    """The other features of the entity and their types: the columns of its derived features."""
    others = [each.written for each in features if _same_entity(written, each)]
    types = {each.feature_name: each.value_type for each in others}
    return {name: kind for name, kind in types.items() if name != written.feature_name}


def cycle_errors(derived: Mapping[str, FoundFeature]) -> Iterator[DefinitionError]:
    """Derived features that need each other."""
    try:
        in_order(derived)
    except CycleError as error:
        names = error.args[1]
        yield derived[names[0]].error(("expression",), "no circle", " needs ".join(reversed(names)))


def in_order(derived: Mapping[str, FoundFeature]) -> list[str]:
    """Names so that each comes after those it needs; CycleError when there is no such order."""
    needs = {name: _needs(found) & derived.keys() for name, found in derived.items()}
    return list(TopologicalSorter(needs).static_order())


def _needs(found: FoundFeature) -> set[str]:
    try:
        return set(column_names(found.written.expression or ""))
    except ExpressionError:
        return set()


def _same_entity(written: WrittenFeature, other: FoundFeature) -> bool:
    return other.written.entity_id == written.entity_id


def _expression_errors(found: FoundFeature, columns: Mapping[str, str]) -> Iterator[DefinitionError]:
    if found.written.feature_name in _needs(found):
        return
    try:
        kind = compile_expression(found.written.expression or "", columns).kind
    except ExpressionError as error:
        yield found.error(("expression",), error.expected, error.hint)
        return
    yield from family_errors(found, kind)
